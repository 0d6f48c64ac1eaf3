"""The functions: started by schedule and messages, killed at their timeout, at any step."""

from collections.abc import Callable
from typing import Any

from greenlet import greenlet

from autoscaler.errors import AutoscalerError
from autoscaler.world.cloud.nature import Chance
from tests.faults.errors import Crash
from tests.faults.hub import Hub
from tests.faults.scene import FUNCTION_TIMEOUT
from tests.faults.story import Story

_LONGEST_PAUSE = 60.0


class Run(greenlet):
    """One invocation.

    `disturbed`: a port did not answer it. `look_began`: when it began to ask whether a machine
    works. `published`: what it announced. `abandoned` lets the request land that is under way.
    """

    def __init__(self, name: str, number: int, body: Callable[[], None], hub: Hub) -> None:
        super().__init__(body, parent=hub.main)
        self.name = f"{name} {number}"
        self.began = hub.at
        self.ended = False
        self.disturbed = False
        self.look_began: float | None = None
        self.published: set[tuple[str, str]] = set()
        self.abandoned: Callable[[], object] | None = None


class Functions:
    """Runs services as a cloud does. `after` hears what each answered; None: it failed."""

    def __init__(self, hub: Hub, chance: Chance, story: Story) -> None:
        self._hub = hub
        self._chance = chance
        self._story = story
        self._number = 0
        self.on = True

    def start(
        self, name: str, body: Callable[[], Any], after: Callable[[Run, Any, bool], object]
    ) -> None:
        if not self.on:
            return
        self._number += 1
        run: Run

        def whole() -> None:
            self._carry_out(run, body, after)

        run = Run(name, self._number, whole, self._hub)
        self._hub.later(FUNCTION_TIMEOUT, lambda: self._kill(run))
        self._hub.later(0, run.switch)

    def before(self, run: Run, call: str) -> None:
        """Between two steps anything may happen to the process."""
        if self._chance(self._chance.nature.pauses):
            self._story("pauses", run.name, call)
            self._hub.sleep(self._chance.random.uniform(0, _LONGEST_PAUSE))
        self.crash(run, f"before {call}")

    def crash(self, run: Run, when: str) -> None:
        if self._chance(self._chance.nature.crashes / 2):
            self._story("crashes", run.name, when)
            raise Crash

    def _carry_out(
        self, run: Run, body: Callable[[], Any], after: Callable[[Run, Any, bool], object]
    ) -> None:
        answer, well = None, False
        try:
            answer = body()
            well = True
        except Crash:
            pass
        except AutoscalerError as error:
            self._story("fails", run.name, type(error).__name__, error)
        run.ended = True
        after(run, answer, well)

    def _kill(self, run: Run) -> None:
        if run.ended:
            return
        self._story("is killed at its timeout", run.name)
        if run.abandoned and self._chance.random.random() < 1 / 2:
            run.abandoned()
        run.throw(Crash)
