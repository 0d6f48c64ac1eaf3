"""Which machines may go, in which order, and why the others stay."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from autoscaler.core.budgets import Budgets
from autoscaler.core.cover import Cover, Kind
from autoscaler.core.decisions import Cause, DrainDecision, Verdict
from autoscaler.core.fleet import Deployment, OnShutdown, Resource
from autoscaler.core.idleness import Idleness
from autoscaler.core.ledger import Instance, Phase
from autoscaler.core.limits import EVERYWHERE, paused_by
from autoscaler.core.memory import Memory
from autoscaler.core.reclaim import reclaimed, why
from autoscaler.core.seen import Snapshot, Supply
from autoscaler.core.words import span

_STAYING = (Phase.REQUESTED, Phase.BOOTING, Phase.UP)
_LEAVING = (Phase.DRAINING, Phase.TERMINATING)
_LET_GO = "autoscaler drain INSTANCE, or put the autoscaler back"


def scale_in(
    deployment: Deployment,
    seen: Snapshot,
    cover: Cover,
    budgets: Budgets,
    memories: Mapping[str, Memory],
) -> tuple[list[DrainDecision], list[Verdict]]:
    """What to drain, in order of urgency, and a verdict for each machine that stays.

    `memories` are by the key of each resource whose policy is `adaptive`.
    """
    return _ScaleIn(deployment, seen, cover, budgets, memories).run()


class _ScaleIn:
    def __init__(
        self,
        deployment: Deployment,
        seen: Snapshot,
        cover: Cover,
        budgets: Budgets,
        memories: Mapping[str, Memory],
    ) -> None:
        self._budgets = budgets
        self._resources = deployment.by_key
        self._wishes = _wishes(deployment, seen)
        self._seen = seen
        self._paused = {control.key: control for control in seen.controls if not control.scale_in}
        wanted = [s for s in seen.supply if not self._unwanted(s.instance)]
        self._spare = self._spare_slots(cover, wanted)
        self._idleness = Idleness(deployment, seen, cover, memories, wanted)
        self._staying = Counter(
            s.instance.resource_key for s in seen.supply if s.instance.phase in _STAYING
        )
        self._drains: list[DrainDecision] = []
        self._kept: list[Verdict] = []

    def run(self) -> tuple[list[DrainDecision], list[Verdict]]:
        for supply in self._seen.supply:
            if supply.instance.phase in _LEAVING:
                self._budgets.stopped(supply.instance)
        for supply in sorted(self._seen.supply, key=self._urgency):
            row = supply.instance
            if row.phase == Phase.GONE or row.compute in self._seen.unreadable:
                continue
            verdict = self._stays(supply)
            if verdict is None:
                self._drain(supply)
            else:
                self._kept.append(verdict)
        return self._drains, self._kept

    def _spare_slots(self, cover: Cover, wanted: Sequence[Supply]) -> Counter[str]:
        """Idle slots per resource that no waiting task needs."""
        spare = Counter({key: -cover.used(key, Kind.IDLE) for key in self._resources})
        for supply in wanted:
            spare[supply.instance.resource_key] += supply.idle
        return spare

    def _urgency(self, supply: Supply) -> tuple[bool, bool, bool, float, datetime]:
        row, works = supply.instance, supply.busy > 0
        price = -(row.hourly_price or 0.0)
        idle_since = row.idle_since or self._seen.now
        return works, not self._failed(row), not self._unwanted(row), price, idle_since

    def _ends_all(self, row: Instance) -> bool:
        return self._wishes.get(row.autoscaler) == "all"

    def _failed(self, row: Instance) -> bool:
        return self._failure(row) is not None

    def _failure(self, row: Instance) -> tuple[Cause, str] | None:
        now = self._seen.now
        if row.phase == Phase.BOOTING and row.boot_deadline and row.boot_deadline <= now:
            took = span(now - (row.launched_at or row.requested_at))
            return Cause.NEVER_REGISTERED, f"no worker registered within {took}"
        if row.phase == Phase.UP and row.silent_since:
            silence = now - row.silent_since
            if silence >= self._silence_limit(row):
                reason = f"its worker has been unknown to ClearML for {span(silence)}"
                return Cause.WORKER_VANISHED, reason
        return None

    def _silence_limit(self, row: Instance) -> timedelta:
        resource = self._resources.get(row.resource_key)
        return resource.max_spin_up if resource else timedelta(0)

    def _unwanted(self, row: Instance) -> bool:
        return self._why_unwanted(row) is not None

    def _why_unwanted(self, row: Instance) -> tuple[Cause, str] | None:
        return unwanted(row, self._resources.get(row.resource_key), self._seen.now)

    def _stays(self, supply: Supply) -> Verdict | None:
        """Why the machine is not drained, or None when it is."""
        row = supply.instance
        for check in (self._already, self._held):
            if verdict := check(supply):
                return verdict
        if supply.busy:
            return self._working(supply)
        if self._failed(row):
            return None
        return self._awaited(supply) or self._wanted(supply)

    def _already(self, supply: Supply) -> Verdict | None:
        row = supply.instance
        if row.phase in _LEAVING:
            return _keep(row, Cause.DRAINING, f"it is on its way out: {row.reason}")
        return None

    def _held(self, supply: Supply) -> Verdict | None:
        row = supply.instance
        if row.protected:
            return _keep(row, Cause.PROTECTED, "it is protected", "autoscaler protect --off")
        if control := self._paused.get(EVERYWHERE) or self._paused.get(row.autoscaler):
            key = "" if control.key == EVERYWHERE else f" {control.key}"
            reason = f"scale-in {paused_by(control)}"
            return _keep(row, Cause.SCALE_IN_PAUSED, reason, f"autoscaler resume{key}")
        resource = self._resources.get(row.resource_key)
        if resource and (until := resource.terms.freeze):
            reason = f"the schedule of {resource.key} freezes it {until}"
            return _keep(row, Cause.KEPT_FROZEN, reason, "change the schedule, or wait")
        if self._wishes.get(row.autoscaler) == "leave":
            return _keep(row, Cause.LEFT_ALONE, _removed(row, "leave"), _LET_GO)
        return None

    def _working(self, supply: Supply) -> Verdict | None:
        if self._budgets.over(supply) or self._ends_all(supply.instance):
            return None
        return _keep(supply.instance, Cause.BUSY, "a task runs on it")

    def _awaited(self, supply: Supply) -> Verdict | None:
        row = supply.instance
        if supply.idle or (row.phase == Phase.BOOTING and self._ends_all(row)):
            return None
        if row.phase == Phase.UP:
            silence = span(self._seen.now - (row.silent_since or self._seen.now))
            limit = span(self._silence_limit(row))
            reason = f"its worker has been unknown to ClearML for {silence}, limit {limit}"
            return _keep(row, Cause.WORKER_SILENT, reason)
        until = f" until {row.boot_deadline:%H:%M:%S}" if row.boot_deadline else ""
        return _keep(row, Cause.BOOTING, f"its worker is awaited{until}")

    def _wanted(self, supply: Supply) -> Verdict | None:
        row = supply.instance
        if self._unwanted(row) or self._budgets.over(supply):
            return None
        resource = self._resources[row.resource_key]
        if supply.idle > self._spare[resource.key]:
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

    def _drain(self, supply: Supply) -> None:
        row = supply.instance
        cause, reason = self._failure(row) or self._dismissal(supply)
        self._staying[row.resource_key] -= 1
        self._idleness.goes(row)
        self._budgets.stopped(row)
        self._drains.append(
            DrainDecision(instance=row.key, cause=cause, reason=reason, requeue=supply.busy > 0)
        )

    def _dismissal(self, supply: Supply) -> tuple[Cause, str]:
        row = supply.instance
        if supply.busy and self._ends_all(row):
            return Cause.REMOVED_REQUEUE, _removed(row, "all")
        over = self._budgets.over(supply)
        if over and supply.busy:
            return Cause.BUDGET_REQUEUE, over
        if because := self._why_unwanted(row):
            return because
        if over:
            return Cause.OVER_BUDGET, over
        self._spare[row.resource_key] -= supply.idle
        return Cause.IDLE, self._idleness.ended(row)


def unwanted(row: Instance, resource: Resource | None, now: datetime) -> tuple[Cause, str] | None:
    """Why nobody counts on the machine: it is about to go, or not what people want; or None.

    It takes no more work, or its agents may pull from other queues than its resource's today, so
    its idle slots are not counted on: a task might wait for them for ever.
    """
    if row.reclaim_at and reclaimed(row, now):
        return Cause.RECLAIMED, why(row.reclaim_at)
    if resource is None:
        reason = f"resource {row.resource_key} is no longer in the configuration"
        return Cause.RESOURCE_REMOVED, reason
    if row.dismissed:
        return Cause.DISMISSED, row.dismissed
    if row.config_hash and row.config_hash != resource.config_hash:
        return Cause.DRIFTED, "the configuration changed since it was launched"
    return None


def _wishes(deployment: Deployment, seen: Snapshot) -> dict[str, OnShutdown]:
    """What was wanted of the machines of each autoscaler that has left the configuration."""
    here = {autoscaler.name for autoscaler in deployment.autoscalers}
    return {name: wish for name, wish in seen.on_shutdown.items() if name not in here}


def _removed(row: Instance, wish: OnShutdown) -> str:
    return f"autoscaler {row.autoscaler} left the configuration with on_shutdown: {wish}"


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
