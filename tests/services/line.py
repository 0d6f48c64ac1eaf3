"""The wires between services and ports: a story may listen, cut in, or pull a plug."""

from collections import deque
from collections.abc import Callable
from typing import Any

Act = Callable[[], object]


class CrashError(Exception):
    """The process died. No service may catch it."""


class Line:
    """Sees every port call as "port.method", in order.

    `crash_at` is the number of the call (from 0) before which the process dies. `watch` is called
    behind each call.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.crash_at: int | None = None
        self.watch: Act = nothing
        self._before: dict[str, deque[Act]] = {}
        self._after: dict[str, deque[Act]] = {}

    def before(self, call: str, *acts: Act) -> None:
        """Before the next calls of this name, one act each."""
        self._before.setdefault(call, deque()).extend(acts)

    def after(self, call: str, *acts: Act) -> None:
        """After the next calls of this name, one act each; the answer has not arrived yet."""
        self._after.setdefault(call, deque()).extend(acts)

    def wire(self, name: str, port: object) -> Any:
        return _Wired(name, port, self)

    def leaving(self, call: str) -> None:
        self.calls.append(call)
        if len(self.calls) - 1 == self.crash_at:
            raise CrashError
        _next(self._before, call)

    def returning(self, call: str) -> None:
        self.watch()
        _next(self._after, call)


def nothing() -> None:
    """The act that lets a call pass."""


def crash() -> None:
    raise CrashError


def _next(acts: dict[str, deque[Act]], call: str) -> None:
    if waiting := acts.get(call):
        waiting.popleft()()


class _Wired:
    def __init__(self, name: str, port: object, line: Line) -> None:
        self._name = name
        self._port = port
        self._line = line

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._port, method)
        if not callable(found):
            return found

        said = f"{self._name}.{method}"

        def call(*args: object, **kwargs: object) -> object:
            self._line.leaving(said)
            answer = found(*args, **kwargs)
            self._line.returning(said)
            return answer

        return call
