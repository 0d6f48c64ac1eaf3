"""Between a service and a port: time passes, and the process may pause, die or hear nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from greenlet import getcurrent

from autoscaler.errors import UnavailableError
from autoscaler.world.cloud.nature import Chance
from tests.faults.functions import Functions, Run
from tests.faults.hub import Hub

_TAKES: Mapping[str, tuple[float, float]] = {
    "state": (0.002, 0.03),
    "topic": (0.01, 0.05),
    "queues": (0.05, 0.5),
    "workers": (0.05, 0.5),
    "tasks": (0.05, 0.3),
    "cloud": (0.2, 1.5),
    "cloud.launch": (0.5, 6.0),
}
_CLEARML = ("queues", "workers", "tasks")
_MINUTE = 60.0


class Wires:
    """Connects one port after the other. Outside of a function a call passes untouched."""

    def __init__(
        self, hub: Hub, chance: Chance, functions: Functions, land: Callable[..., object]
    ) -> None:
        self._hub = hub
        self._land = land
        self._chance = chance
        self._functions = functions
        self.heard: Callable[[Run, str, tuple[Any, ...]], object] = lambda *_: None

    def wire(self, name: str, port: object) -> Any:
        return _Wired(name, port, self)

    def call(self, name: str, method: str, found: Callable[..., Any]) -> Callable[..., Any]:
        said = f"{name}.{method}"
        takes = _TAKES.get(said, _TAKES[name])
        deaf = name in _CLEARML
        lands = said == "cloud.launch"

        def call(*args: Any, **kwargs: Any) -> Any:
            run = getcurrent()
            if not isinstance(run, Run):
                return found(*args, **kwargs)
            self._functions.before(run, said)
            if lands:
                run.abandoned = lambda: self._land(*args)
            self._hub.sleep(self._chance.random.uniform(*takes))
            run.abandoned = None
            self.heard(run, said, args)
            answer = self._answer(run, said, deaf, lambda: found(*args, **kwargs))
            self._hub.sleep(self._chance.random.uniform(*takes))
            self._functions.crash(run, f"behind {said}")
            return answer

        return call

    def _answer(self, run: Run, said: str, deaf: bool, ask: Callable[[], Any]) -> Any:
        try:
            if deaf:
                self._reading(said)
            return ask()
        except UnavailableError:
            run.disturbed = True
            raise

    def _reading(self, said: str) -> None:
        nature = self._chance.nature
        down = self._chance.window("clearml", self._hub.at, _MINUTE, nature.outage)
        if down or self._chance(nature.unreadable):
            raise UnavailableError(f"{said}: the answer was cut off")


class _Wired:
    def __init__(self, name: str, port: object, wires: Wires) -> None:
        self._name = name
        self._port = port
        self._wires = wires

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._port, method)
        if not callable(found):
            return found
        call = self._wires.call(self._name, method, found)
        self.__dict__[method] = call
        return call
