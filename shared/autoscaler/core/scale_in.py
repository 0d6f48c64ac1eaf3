"""Which machines may go, in which order, and why the others stay."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from autoscaler.core.budgets import Budgets
from autoscaler.core.cover import Cover, Kind
from autoscaler.core.crews import Crew, Crews, Why
from autoscaler.core.decisions import Cause, DrainDecision, Verdict
from autoscaler.core.fleet import Deployment, OnShutdown, Resource
from autoscaler.core.idleness import Idleness
from autoscaler.core.ledger import Instance, Phase
from autoscaler.core.limits import EVERYWHERE, paused_by
from autoscaler.core.memory import Memory
from autoscaler.core.seen import Snapshot, Supply
from autoscaler.core.words import span

_LEAVING = (Phase.DRAINING, Phase.TERMINATING)
_LET_GO = "autoscaler drain INSTANCE, or put the autoscaler back"


def scale_in(
    deployment: Deployment,
    seen: Snapshot,
    crews: Crews,
    cover: Cover,
    budgets: Budgets,
    memories: Mapping[str, Memory],
) -> tuple[list[DrainDecision], list[Verdict]]:
    """What to drain, in order of urgency, and a verdict for each machine that stays.

    `memories` are by the key of each resource whose policy is `adaptive`.
    """
    return _ScaleIn(deployment, seen, crews, cover, budgets, memories).run()


_Machine = tuple[Supply, Crew]


class _ScaleIn:
    def __init__(
        self,
        deployment: Deployment,
        seen: Snapshot,
        crews: Crews,
        cover: Cover,
        budgets: Budgets,
        memories: Mapping[str, Memory],
    ) -> None:
        self._budgets = budgets
        self._crews = [crew for crew in crews.values() if crew.machines]
        self._wishes = _wishes(deployment, seen)
        self._now = seen.now
        self._unreadable = seen.unreadable
        self._paused = {control.key: control for control in seen.controls if not control.scale_in}
        self._holds = {crew.key: self._hold(crew) for crew in self._crews}
        self._spare = {crew.key: _spare_slots(cover, crew) for crew in self._crews}
        self._idleness = Idleness(deployment, seen, crews, cover, memories)
        self._staying = {c.key: len(c.machines) - len(c.leaving) for c in self._crews}
        self._drains: list[DrainDecision] = []
        self._kept: list[Verdict] = []

    def run(self) -> tuple[list[DrainDecision], list[Verdict]]:
        for row in (row for crew in self._crews for row in crew.leaving):
            self._budgets.stopped(row)
        for machine in sorted(self._machines(), key=self._urgency):
            verdict = self._stays(machine)
            if verdict is None:
                self._drain(machine)
            else:
                self._kept.append(verdict)
        return self._drains, self._kept

    def _machines(self) -> Iterator[_Machine]:
        """Those that a decision can be made of."""
        for crew in self._crews:
            for supply in crew.machines:
                if supply.instance.compute not in self._unreadable:
                    yield supply, crew

    def _urgency(self, machine: _Machine) -> tuple[int, float, datetime]:
        """First what failed, then what nobody wants; what works goes last. The dearest first."""
        supply, crew = machine
        row = supply.instance
        rank = 1 if row.key in crew.unwanted else 2
        if supply.busy:
            rank += 2
        elif self._failure(machine):
            rank = 0
        return rank, -(row.hourly_price or 0.0), row.idle_since or self._now

    def _ends_all(self, row: Instance) -> bool:
        return self._wishes.get(row.autoscaler) == "all"

    def _failure(self, machine: _Machine) -> Why | None:
        (supply, crew), now = machine, self._now
        row = supply.instance
        if row.phase == Phase.BOOTING and row.boot_deadline and row.boot_deadline <= now:
            took = span(now - (row.launched_at or row.requested_at))
            return Cause.NEVER_REGISTERED, f"no worker registered within {took}"
        if row.phase == Phase.UP and row.silent_since:
            silence = now - row.silent_since
            if silence >= _silence_limit(crew):
                reason = f"its worker has been unknown to ClearML for {span(silence)}"
                return Cause.WORKER_VANISHED, reason
        return None

    def _stays(self, machine: _Machine) -> Verdict | None:
        """Why the machine is not drained, or None when it is."""
        supply, crew = machine
        row = supply.instance
        if row.phase in _LEAVING:
            return _keep(row, Cause.DRAINING, f"it is on its way out: {row.reason}")
        if row.protected:
            return _keep(row, Cause.PROTECTED, "it is protected", "autoscaler protect --off")
        if hold := self._holds[crew.key]:
            return _keep(row, *hold)
        if supply.busy:
            return self._working(supply)
        if self._failure(machine):
            return None
        return self._awaited(machine) or self._wanted(machine)

    def _hold(self, crew: Crew) -> tuple[Cause, str, str] | None:
        """Why none of its machines is stopped: cause, reason and remedy; or None."""
        autoscaler, resource = crew.machines[0].instance.autoscaler, crew.resource
        if control := self._paused.get(EVERYWHERE) or self._paused.get(autoscaler):
            key = "" if control.key == EVERYWHERE else f" {control.key}"
            reason = f"scale-in {paused_by(control)}"
            return Cause.SCALE_IN_PAUSED, reason, f"autoscaler resume{key}"
        if resource and (until := resource.terms.freeze):
            reason = f"the schedule of {resource.key} freezes it {until}"
            return Cause.KEPT_FROZEN, reason, "change the schedule, or wait"
        if self._wishes.get(autoscaler) == "leave":
            return Cause.LEFT_ALONE, _removed(autoscaler, "leave"), _LET_GO
        return None

    def _working(self, supply: Supply) -> Verdict | None:
        if self._budgets.over(supply) or self._ends_all(supply.instance):
            return None
        return _keep(supply.instance, Cause.BUSY, "a task runs on it")

    def _awaited(self, machine: _Machine) -> Verdict | None:
        supply, crew = machine
        row = supply.instance
        if supply.idle or (row.phase == Phase.BOOTING and self._ends_all(row)):
            return None
        if row.phase == Phase.UP:
            silence = span(self._now - (row.silent_since or self._now))
            limit = span(_silence_limit(crew))
            reason = f"its worker has been unknown to ClearML for {silence}, limit {limit}"
            return _keep(row, Cause.WORKER_SILENT, reason)
        until = f" until {row.boot_deadline:%H:%M:%S}" if row.boot_deadline else ""
        return _keep(row, Cause.BOOTING, f"its worker is awaited{until}")

    def _wanted(self, machine: _Machine) -> Verdict | None:
        supply, crew = machine
        row, resource = supply.instance, crew.resource
        if resource is None or row.key in crew.unwanted or self._budgets.over(supply):
            return None
        if supply.idle > self._spare[crew.key]:
            return _keep(row, Cause.KEPT_FOR_WAITING, "a waiting task is about to be taken by it")
        return self._idle_too_short(row) or self._needed_for_minimum(row, resource)

    def _idle_too_short(self, row: Instance) -> Verdict | None:
        reason = self._idleness.stays(row)
        return _keep(row, Cause.NOT_IDLE_LONG_ENOUGH, reason) if reason else None

    def _needed_for_minimum(self, row: Instance, resource: Resource) -> Verdict | None:
        if self._staying[resource.key] > resource.min_instances:
            return None
        remedy = "lower min_instances to let it go"
        return _keep(row, Cause.KEPT_FOR_MINIMUM, keeps(resource), remedy)

    def _drain(self, machine: _Machine) -> None:
        supply, crew = machine
        row = supply.instance
        cause, reason = self._failure(machine) or self._dismissal(machine)
        self._staying[crew.key] -= 1
        self._idleness.goes(row)
        self._budgets.stopped(row)
        self._drains.append(
            DrainDecision(instance=row.key, cause=cause, reason=reason, requeue=supply.busy > 0)
        )

    def _dismissal(self, machine: _Machine) -> Why:
        supply, crew = machine
        row = supply.instance
        if supply.busy and self._ends_all(row):
            return Cause.REMOVED_REQUEUE, _removed(row.autoscaler, "all")
        over = self._budgets.over(supply)
        if over and supply.busy:
            return Cause.BUDGET_REQUEUE, over
        if because := crew.unwanted.get(row.key):
            return because
        if over:
            return Cause.OVER_BUDGET, over
        self._spare[crew.key] -= supply.idle
        return Cause.IDLE, self._idleness.ended(row)


def _spare_slots(cover: Cover, crew: Crew) -> int:
    """Idle slots that no waiting task needs."""
    return crew.idle - cover.used(crew.key, Kind.IDLE)


def _silence_limit(crew: Crew) -> timedelta:
    return crew.resource.max_spin_up if crew.resource else timedelta(0)


def _wishes(deployment: Deployment, seen: Snapshot) -> dict[str, OnShutdown]:
    """What was wanted of the machines of each autoscaler that has left the configuration."""
    here = {autoscaler.name for autoscaler in deployment.autoscalers}
    return {name: wish for name, wish in seen.on_shutdown.items() if name not in here}


def _removed(autoscaler: str, wish: OnShutdown) -> str:
    return f"autoscaler {autoscaler} left the configuration with on_shutdown: {wish}"


def keeps(resource: Resource) -> str:
    """How many machines the resource keeps without work, and whether its schedule says so."""
    words = f"{resource.key} keeps at least {resource.min_instances}"
    return f"{words}, by its schedule {resource.terms.least}" if resource.terms.least else words


def _keep(row: Instance, cause: Cause, reason: str, remedy: str = "") -> Verdict:
    return Verdict(
        cause=cause,
        reason=reason,
        autoscaler=row.autoscaler,
        resource=row.resource,
        instance=row.key,
        count=1,
        remedy=remedy,
    )


def summarise(verdicts: Sequence[Verdict]) -> Iterator[Verdict]:
    """One verdict per resource and cause instead of one per machine; the first one's words."""
    groups: dict[tuple[str, str, Cause], list[Verdict]] = {}
    for verdict in verdicts:
        if not verdict.instance:
            yield verdict
            continue
        groups.setdefault((verdict.autoscaler, verdict.resource, verdict.cause), []).append(
            verdict
        )
    for group in groups.values():
        first = group[0]
        instance = first.instance if len(group) == 1 else ""
        yield first.model_copy(update={"instance": instance, "count": len(group)})
