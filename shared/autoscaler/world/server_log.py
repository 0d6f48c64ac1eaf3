"""What was asked of the server, line by line: ids and outcomes, never a secret or a payload."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from autoscaler.world.api.api import route

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from typing import TextIO

    from autoscaler.world.api import Request, Response

_IDS = ("worker", "queue", "task")
_LONGEST_BODY = 65536
KEPT_LINES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    time: str
    method: str
    endpoint: str
    version: str
    status: int
    subcode: int
    client: str | None
    """The X-ClearML-Worker header: who called."""
    worker: str | None
    queue: str | None
    task: str | None
    """The task that was named or, for a pop, handed out."""
    dropped: bool


class ServerLog:
    """Append-only. The newest lines are kept; a file, if there is one, gets them all.

    A line is in the file before its answer is on the wire.
    """

    def __init__(self, file: TextIO | None = None) -> None:
        self._lines: deque[Line] = deque(maxlen=KEPT_LINES)
        self._file = file

    def __iter__(self) -> Iterator[Line]:
        return iter(tuple(self._lines))

    def __len__(self) -> int:
        return len(self._lines)

    def of(self, endpoint: str) -> list[Line]:
        return [line for line in self if line.endpoint == endpoint]

    def add(self, time: datetime, request: Request, response: Response, *, dropped: bool) -> None:
        endpoint, version = route(request.path)
        answer = _read(response.body)
        ids = _ids(_read(request.body), answer)
        line = Line(
            time=time.isoformat(),
            method=request.method,
            endpoint=endpoint,
            version=version,
            status=response.status,
            subcode=answer.get("meta", {}).get("result_subcode", 0),
            client=request.headers.get("x-clearml-worker"),
            dropped=dropped,
            **ids,
        )
        self._lines.append(line)
        if self._file:
            self._file.write(json.dumps(asdict(line)) + "\n")
            self._file.flush()


def _ids(asked: dict[str, Any], answer: dict[str, Any]) -> dict[str, str | None]:
    named = {name: asked.get(name) for name in _IDS}
    popped = answer.get("data", {}).get("entry", {}).get("task")
    ids = {**named, "task": popped or named["task"]}
    return {name: value if isinstance(value, str) else None for name, value in ids.items()}


def _read(body: bytes) -> dict[str, Any]:
    if len(body) > _LONGEST_BODY:
        return {}
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
