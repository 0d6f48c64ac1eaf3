"""What must happen in time: S3 and L1 to L5. Time counts in ticks that nothing disturbed."""

from datetime import timedelta

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.ledger import Breaker, Instance, Launch, Phase, Ref, Repair
from autoscaler.services.poll import Tick
from autoscaler.world.clearml import ClearML
from autoscaler.world.cloud import Box
from tests.faults.errors import Violation
from tests.faults.functions import Run
from tests.faults.hub import Hub
from tests.faults.ledger import Ledger
from tests.faults.observer import Observer
from tests.faults.shadow import scopes

_LEAVING = (Phase.DRAINING, Phase.TERMINATING)
_GRACE = 180.0
_TICKS = 2
_WRONG_AFTER = timedelta(minutes=15)


class Progress:
    """Hears every tick of the poller when it has ended."""

    def __init__(
        self, deployment: Deployment, hub: Hub, clearml: ClearML, ledger: Ledger, seen: Observer
    ) -> None:
        self._deployment = deployment
        self._limits = scopes(deployment)
        self._hub = hub
        self._clearml = clearml
        self._ledger = ledger
        self._seen = seen
        self._starts: list[float] = []
        self._unowned: dict[str, float] = {}
        self._hungry: dict[str, int] = {}
        self._overdue: dict[str, float] = {}

    def ticked(self, run: Run, tick: Tick | None, well: bool) -> None:
        if tick is None or not well or run.disturbed or tick.skipped or self._blind(tick):
            return
        self._owned(run.began)
        self._announced(run, tick)
        self._closed(run, tick)
        self._fed(tick)

    def _blind(self, tick: Tick) -> bool:
        return tick.seen.clearml_problem is not None or bool(tick.seen.unreadable)

    # --- S3 ---

    def watch(self) -> None:
        """Note since when a machine is without a row; every few seconds."""
        shadow = self._seen.shadow
        without = [b for b in self._seen.alive.values() if b.runs and not shadow.row_of(b.machine)]
        ids = {box.id for box in without}
        self._unowned = {k: at for k, at in self._unowned.items() if k in ids}
        for box in without:
            self._unowned.setdefault(box.id, self._hub.at)

    def _owned(self, began: float) -> None:
        """S3: no machine without a live row for longer than grace + 2 ticks."""
        self.watch()
        for instance_id, since in self._unowned.items():
            ticks = f"{instance_id} owned"
            if began <= since + _GRACE:
                self._hungry[ticks] = 0
                continue
            self._hungry[ticks] = self._hungry.get(ticks, 0) + 1
            if self._hungry[ticks] > _TICKS:
                raise Violation("S3", f"{instance_id} has had no row since {since:.0f} s")

    # --- L2 ---

    def _announced(self, run: Run, tick: Tick) -> None:
        """L2: what is past its appointment is announced again by the next tick."""
        shadow = self._seen.shadow
        rows: list[Launch | Instance] = [*shadow.launches.values(), *shadow.instances.values()]
        for row in rows:
            late = row.next_check is not None and row.next_check <= tick.at
            if not late or not self._to_announce(row, tick):
                continue
            kind = "launch" if isinstance(row, Launch) else "reap"
            moved = shadow.changed.get(row.key, 0.0) >= run.began
            if not moved and (kind, row.key) not in run.published:
                raise Violation("L2", f"{kind} {row.key} was due {row.next_check}, told nobody")

    def _to_announce(self, row: Launch | Instance, tick: Tick) -> bool:
        if isinstance(row, Launch):
            return row.state == "OPEN" and row.deadline > tick.at
        return row.phase in _LEAVING

    def _closed(self, run: Run, tick: Tick) -> None:
        """L2: no launch lives longer than deadline + claim + margin + 2 ticks."""
        timing = self._deployment.timing
        for launch in self._seen.shadow.launches.values():
            over = launch.deadline + timing.claim
            if launch.state == "CLOSED" or tick.at <= over:
                continue
            first = self._overdue.setdefault(launch.key, run.began)
            ticks = f"{launch.key} open"
            if run.began > first + _GRACE:
                self._hungry[ticks] = self._hungry.get(ticks, 0) + 1
                if self._hungry[ticks] > _TICKS:
                    raise Violation("L2", f"launch {launch.key} is still open")

    # --- L1 ---

    def _fed(self, tick: Tick) -> None:
        """L1: a task that waits, with room below the maximum, has a launch within 2 ticks."""
        for ref in self._deployment.queue_refs:
            queue = self._clearml.queues.find(ref)
            oldest = queue.entries[0].added if queue and queue.entries else None
            if oldest is None or oldest >= tick.at or self._hopeful(ref, tick):
                self._hungry[ref] = 0
                continue
            self._hungry[ref] = self._hungry.get(ref, 0) + 1
            if self._hungry[ref] > _TICKS:
                raise Violation("L1", f"a task waits in {ref} since {oldest}, nothing starts")

    def _hopeful(self, ref: str, tick: Tick) -> bool:
        """Something is on its way for the queue, or nothing may be."""
        serving = [r for r in self._deployment.resources if ref in r.queues]
        return any(self._coming(r) for r in serving) or not any(
            self._may_start(r, ref, tick) for r in serving
        )

    def _coming(self, resource: Resource) -> bool:
        rows = self._seen.shadow.instances.values()
        return any(self._will_serve(r) for r in rows if r.resource_key == resource.key)

    def _will_serve(self, row: Instance) -> bool:
        if row.phase == Phase.REQUESTED:
            return True
        if self._taken_back(row):
            return False
        if row.phase == Phase.BOOTING:
            return True
        return row.phase == Phase.UP and (row.idle_since is not None or row.slots > 1)

    def _taken_back(self, row: Instance) -> bool:
        """Its cloud said so; a machine that outlives that for long is not."""
        at = row.reclaim_at
        return at is not None and self._hub.now() < at + _WRONG_AFTER

    def _may_start(self, resource: Resource, queue: str, tick: Tick) -> bool:
        counted = self._seen.shadow.counted
        mine = (resource.key, resource.autoscaler, "")
        full = any(counted[s] >= self._limits[s] for s in mine if s in self._limits)
        recovering = tick.seen.recover_until is not None
        return not (
            full
            or recovering
            or self._refused(resource, tick)
            or self._too_dear(resource, queue, tick)
        )

    def _too_dear(self, resource: Resource, queue: str, tick: Tick) -> bool:
        """The plan said that a budget is used up, and so it is."""
        said = {(v.autoscaler, v.resource) for v in tick.plan.did_not if v.cause is Cause.BUDGET}
        named = (resource.autoscaler, resource.name) in said
        return named and self._seen.till.tight(resource, queue, tick.at)

    def _refused(self, resource: Resource, tick: Tick) -> bool:
        """Every offering lately said no, or the breaker is open."""
        breaker = self._ledger.read(Ref("breaker", resource.key))
        if isinstance(breaker, Breaker) and breaker.open_until and breaker.open_until > tick.at:
            return True
        closed = {u.key for u in tick.seen.unavailable if u.until > tick.at}
        return all(f"{resource.key}:{o.key}" in closed for o in resource.offerings)

    # --- L3, L4 ---

    def at_rest(self, invariant: str) -> None:
        """With no work for a long time, no machine lives; and the table tells of none."""
        running: list[Box] = [box for box in self._seen.alive.values() if box.runs]
        if running:
            raise Violation(invariant, f"{', '.join(b.id for b in running)} still run")
        lost = [row.key for row in self._ledger.live() if isinstance(row, Repair)]
        left = [*self._seen.shadow.instances, *self._seen.shadow.launches, *lost]
        if left and invariant == "L3":
            raise Violation(invariant, f"rows are left: {', '.join(left)}")
