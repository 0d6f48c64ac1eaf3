"""What a run plays with instead of the real thing, to leave one rule out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from autoscaler.core.fleet import Deployment
from autoscaler.ports import Ports
from autoscaler.services.launch import Launcher
from autoscaler.services.reap import Reaper
from autoscaler.services.watch import Watcher
from autoscaler.world.agents import Guards

Wrap = Callable[[Any], Any]
Swap = tuple[object, str, object]
_GUARDS = Guards()


def timed(deployment: Deployment, **changes: timedelta) -> Deployment:
    """The same with other times to wait."""
    timing = deployment.timing.model_copy(update=changes)
    return Deployment.model_validate({**dict(deployment), "timing": timing})


def as_it_is(port: Any) -> Any:
    return port


@dataclass(frozen=True, slots=True)
class Drop:
    """`rule` says what is left out; `breaks` names the invariants of which one must break.

    Seams first: `deployment`, the ports (`compute`, `state`, `topic`), the services. `swaps` are
    for a rule that is a pure function of the core, or a step within a tick: there is no seam to
    put another one in, and there should be none for tests alone. `guards` leave
    something out on the machines. `weather` (of Nature), `scene` (of Scene) and `timing` are where
    the rule is needed most often; with it nothing breaks there either: `control` plays that.
    `lenient`: a task that is killed is counted, and does not end the run.
    """

    name: str
    rule: str
    breaks: tuple[str, ...]
    deployment: Callable[[Deployment], Deployment] = as_it_is
    compute: Wrap = as_it_is
    state: Wrap = as_it_is
    topic: Wrap = as_it_is
    launcher: Callable[[Deployment, Ports], Launcher] = Launcher
    reaper: Callable[[Deployment, Ports], Reaper] = Reaper
    watcher: Callable[[Deployment, Ports], Watcher] = Watcher
    swaps: Sequence[Swap] = ()
    guards: Guards = _GUARDS
    weather: Mapping[str, float] = field(default_factory=dict)
    scene: Mapping[str, bool] = field(default_factory=dict)
    timing: Mapping[str, timedelta] = field(default_factory=dict)
    lenient: bool = False

    def set_up(self, wanted: Deployment) -> Deployment:
        return self.deployment(timed(wanted, **self.timing))

    @property
    def control(self) -> Drop:
        """The same stages and the same weather, with the rule."""
        return Drop("", "nothing", (), timing=self.timing, weather=self.weather, scene=self.scene)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        before = [(owner, name, getattr(owner, name)) for owner, name, _ in self.swaps]
        for owner, name, other in self.swaps:
            setattr(owner, name, other)
        try:
            yield
        finally:
            for owner, name, real in before:
                setattr(owner, name, real)


NOTHING = Drop(name="", rule="nothing", breaks=())
