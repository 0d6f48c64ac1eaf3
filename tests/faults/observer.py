"""The omniscient observer: sees world and table as they are, and asserts the invariants S1-S7."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Fence, Instance, Launch, Phase, Row
from autoscaler.world.cloud import Box
from tests.faults.errors import Violation
from tests.faults.functions import Run
from tests.faults.hub import Hub
from tests.faults.shadow import Shadow, scopes, scopes_of
from tests.faults.story import Story
from tests.faults.till import Till

_OURS = ("terminated", "drained", "idle")


class Observer:
    """Told of each event as it happens; whatever breaks a promise ends the run.

    `holding` tells the tasks that a machine's agents hold, each with when it was popped.
    """

    def __init__(self, deployment: Deployment, hub: Hub, story: Story) -> None:
        self._hub = hub
        self._story = story
        self._limits = scopes(deployment)
        self.shadow = Shadow()
        self.till = Till(deployment, hub, self.shadow)
        self.alive: dict[str, Box] = {}
        self.living: Counter[str] = Counter()
        self.holding: Callable[[Box], Sequence[tuple[str, float]]] = lambda _: ()
        self.requeued: Callable[[str], object] = lambda _: None
        self.waiting: Callable[[str], object] = lambda _: None
        self.lenient = False
        self.let_go = 0
        self.killed = 0
        self.machines = 0
        self._per_attempt: Counter[tuple[str, int]] = Counter()
        self._per_launch: Counter[str] = Counter()
        self._asked: dict[tuple[str, int], int] = {}
        self._ordered: dict[str, int] = {}
        self._looked: dict[str, float] = {}

    # --- the table ---

    def committed(self, put: Sequence[Row], remove: Sequence[Row]) -> None:
        for row in remove:
            if isinstance(row, Instance):
                self._leaves(row)
        self._tell(put)
        self.shadow.put(put, self._hub.at)
        self.shadow.remove(remove)
        for row in put:
            if isinstance(row, Instance):
                self._owned_once(row)
                self.till.named(row)
            if isinstance(row, Launch):
                self._ordered[row.key] = row.count
                self.till.ordered(row)
                for attempt, asked in enumerate(row.asked, 1):
                    self._asked[row.key, attempt] = len(asked)
        if any(isinstance(row, Fence) for row in put):
            self._planned([row for row in put if isinstance(row, Launch)])

    def wiped(self) -> None:
        self._story("the table is lost")
        self.shadow.clear()
        self.till.wiped()

    def _tell(self, put: Sequence[Row]) -> None:
        told = [row for row in put if isinstance(row, Instance | Launch)]
        if told:
            self._story("wrote", *told)

    def _leaves(self, row: Instance) -> None:
        """S5: no row leaves the live set while its machine runs."""
        box = self.alive.get(row.instance_id)
        if box and box.runs and self._owners(box) == [row.key]:
            raise Violation("S5", f"row {row.key} left the table, {box.id} runs")

    def _owned_once(self, row: Instance) -> None:
        """S2, of rows: no machine has two."""
        names = self.shadow.naming.get(row.instance_id, set())
        owners = [key for key in names if self.shadow.instances[key].phase != Phase.GONE]
        if len(owners) > 1:
            raise Violation("S2", f"{row.instance_id} has rows {' and '.join(sorted(owners))}")

    def _owners(self, box: Box) -> list[str]:
        return list(self.shadow.naming.get(box.id, ()))

    def _planned(self, launches: list[Launch]) -> None:
        """S7: at every plan commit, counted live >= living machines, and within the limits."""
        new = [launch for launch in launches if launch.revision == 0]
        self.till.planned(new)
        if not new:
            return
        touched = {scope for row in new for scope in (row.resource_key, row.autoscaler, "")}
        for scope in touched & self._limits.keys():
            counted, living = self.shadow.counted[scope], self.living[scope]
            name = scope or "the deployment"
            if counted < living:
                raise Violation("S7", f"{name}: {counted} rows counted, {living} machines live")
            if counted > self._limits[scope]:
                most = self._limits[scope]
                raise Violation("S7", f"{name}: {counted} places reserved, the maximum is {most}")

    # --- the world ---

    def started(self, box: Box) -> None:
        machine = box.machine
        self._story("machine", box.id, "starts for", machine.launch, machine.attempt)
        self.machines += 1
        self.alive[box.id] = box
        self.living.update(scopes_of(machine))
        self.till.started(box)
        self._at_most_asked(box)
        for scope in scopes_of(machine):
            if self.living[scope] > self._limits.get(scope, self.living[scope]):
                name = scope or "the deployment"
                most = self._limits[scope]
                raise Violation("S1", f"{name}: {self.living[scope]} machines, maximum {most}")

    def ended(self, box: Box) -> None:
        self._story("machine", box.id, "is gone:", box.machine.detail)
        self.alive.pop(box.id)
        self.till.ended(box)
        self.living.subtract(scopes_of(box.machine))

    def stopping(self, box: Box) -> None:
        """S4: who is terminated by us holds no task that a look could have shown."""
        detail = box.machine.detail
        self._story("machine", box.id, "stops:", detail, *(t for t, _ in self.holding(box)))
        if not detail.startswith(_OURS) or self._for_money(box):
            return
        held = self.holding(box)
        self.let_go += 1
        self.killed += len(held)
        looked = self._hub.at + 1
        if detail.startswith("terminated"):
            looked = self._looked.get(box.id, looked)
        for task, popped_at in held:
            if popped_at < looked and not self.lenient:
                raise Violation("S4", f"{box.id} was terminated with task {task} on it")

    def _for_money(self, box: Box) -> bool:
        """Its tasks go back to their queue, as `on_budget: requeue` asks for."""
        return any(self.shadow.instances[key].requeue for key in self._owners(box))

    def _at_most_asked(self, box: Box) -> None:
        """S2: no more than asked per attempt, no more than ordered per launch."""
        launch, attempt = box.machine.launch, box.machine.attempt
        self._per_attempt[launch, attempt] += 1
        self._per_launch[launch] += 1
        asked = self._asked.get((launch, attempt), 0)
        if self._per_attempt[launch, attempt] > asked:
            raise Violation("S2", f"launch {launch}: attempt {attempt} asked for {asked}")
        if self._per_launch[launch] > self._ordered[launch]:
            raise Violation("S2", f"launch {launch} ordered {self._ordered[launch]}")

    # --- the functions ---

    def heard(self, run: Run, said: str, args: tuple[Any, ...]) -> None:
        """A port call of a function takes effect now."""
        if said == "workers.read" and run.look_began is None:
            run.look_began = self._hub.at
        elif said == "cloud.terminate":
            began = run.began if run.look_began is None else run.look_began
            self._looked[str(args[0])] = began
            self._story(run.name, "terminates", args[0])
        elif said == "tasks.enqueue":
            self._story(run.name, "puts back", *args)
            task, queue, _ = map(str, args)
            self.requeued(task)
            self._hub.later(0, lambda: self.waiting(queue))
