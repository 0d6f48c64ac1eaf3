"""How many machines may still be started, and which limit says so."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from autoscaler.core import buying
from autoscaler.core.budgets import Budgets
from autoscaler.core.crews import Crews
from autoscaler.core.decisions import Cause, Verdict
from autoscaler.core.fleet import Deployment, Preferred, Resource
from autoscaler.core.ledger import Breaker, Control
from autoscaler.core.seen import Snapshot
from autoscaler.core.words import many, span

EVERYWHERE = "*"
TRIPPED_AFTER = 3


class _Maximum(NamedTuple):
    """A `max_instances`; `until` says for how long a schedule sets it."""

    cause: Cause
    what: str
    live: int
    most: int
    until: str = ""

    def room(self, resource: Resource, wanted: int) -> tuple[int, Verdict]:
        """How many more may live; and what to say when `wanted` are more than that."""
        left = self.most - self.live
        if left > 0:
            starts = "starts" if left == 1 else "start"
            reason = (
                f"{left} of {wanted} wanted {starts}; {self.what} may have at most {self.most}"
            )
            reason += " (max_instances)"
        else:
            reason = f"{self.what} is at {self.live} of max_instances {self.most}"
        if self.until:
            reason += f", which its schedule sets {self.until}"
            remedy = f"change the schedule of {self.what}, or wait"
            return left, _verdict(resource, Cause.SCHEDULE, reason, remedy)
        remedy = f"raise max_instances of {self.what}, or wait for a machine to end"
        return left, _verdict(resource, self.cause, reason, remedy)


class Gate:
    """Every reason not to start machines, asked in the order in which a person should hear them.

    Counts rows that are not GONE (never lists, never differences) and what this plan adds.
    """

    def __init__(
        self, deployment: Deployment, seen: Snapshot, crews: Crews, budgets: Budgets
    ) -> None:
        self._deployment = deployment
        self._budgets = budgets
        self._now = seen.now
        self._recover_until = seen.recover_until
        self._autoscalers = {a.name: a for a in deployment.autoscalers}
        self._controls = {control.key: control for control in seen.controls}
        self._breakers = {breaker.key: breaker for breaker in seen.breakers}
        self._closed = {u.key: u for u in seen.unavailable if u.until > seen.now}
        self._resources: Counter[str] = Counter()
        self._totals: Counter[str] = Counter()
        self._coming: Counter[str] = Counter()
        for crew in crews.values():
            if crew.machines:
                self._resources[crew.key] = len(crew.machines)
                self._totals[crew.machines[0].instance.autoscaler] += len(crew.machines)
                self._coming[crew.key] = crew.coming(self._now)

    def live(self, resource: Resource) -> int:
        return self._resources[resource.key]

    def started(self, resource: Resource, queue: str, count: int) -> None:
        self._budgets.started(resource, queue, count)
        self._resources[resource.key] += count
        self._totals[resource.autoscaler] += count
        self._coming[resource.key] += count

    def admit(
        self, resource: Resource, queue: str, wanted: int, prefer: Preferred = ""
    ) -> tuple[int, Verdict | None]:
        """How many of `wanted` machines may start; and, when fewer, the verdict that says why."""
        if halt := self._halted(resource, prefer) or self._budgets.unpriced(resource, queue):
            return 0, halt
        rooms = [*self._rooms(resource, wanted), *self._budgets.rooms(resource, queue)]
        room, verdict = min(rooms, key=lambda pair: pair[0])
        if room >= wanted:
            return wanted, None
        return max(0, room), verdict

    def _halted(self, resource: Resource, prefer: Preferred) -> Verdict | None:
        return (
            self._recovering(resource)
            or self._paused(resource)
            or self._frozen(resource)
            or self._tripped(resource)
            or self._refused(resource, prefer)
        )

    def _recovering(self, resource: Resource) -> Verdict | None:
        if self._recover_until is None or self._recover_until <= self._now:
            return None
        left = span(self._recover_until - self._now)
        return _verdict(
            resource,
            Cause.RECOVERING,
            f"the state table is new or was lost: living machines are adopted first, for {left}",
        )

    def _paused(self, resource: Resource) -> Verdict | None:
        for key in (EVERYWHERE, resource.autoscaler):
            control = self._controls.get(key)
            if control and not control.scale_out:
                return _verdict(
                    resource,
                    Cause.SCALE_OUT_PAUSED,
                    f"scale-out {paused_by(control)}",
                    remedy="autoscaler resume" + ("" if key == EVERYWHERE else f" {key}"),
                )
        return None

    def _frozen(self, resource: Resource) -> Verdict | None:
        if not resource.terms.freeze:
            return None
        return _verdict(
            resource,
            Cause.FROZEN,
            f"the schedule of {resource.key} freezes it {resource.terms.freeze}",
            remedy="change the schedule, or wait",
        )

    def _tripped(self, resource: Resource) -> Verdict | None:
        breaker = self._breakers.get(resource.key)
        if breaker is None or breaker.failures < TRIPPED_AFTER:
            return None
        if self._pause_left(breaker) or self._coming[resource.key]:
            return self._breaker_verdict(resource, breaker)
        return None

    def _pause_left(self, breaker: Breaker) -> timedelta:
        return max(timedelta(0), (breaker.open_until or self._now) - self._now)

    def _breaker_verdict(self, resource: Resource, breaker: Breaker) -> Verdict:
        left = self._pause_left(breaker)
        then = f"one more is tried in {span(left)}" if left else "one is tried first"
        return _verdict(
            resource,
            Cause.BREAKER_OPEN,
            f"the last {many(breaker.failures, 'boot')} failed ({breaker.reason}); {then}",
            remedy="autoscaler logs INSTANCE shows what a machine said",
        )

    def _refused(self, resource: Resource, prefer: Preferred) -> Verdict | None:
        keys = [f"{resource.key}:{offering.key}" for offering in resource.offerings]
        closed = [self._closed[key] for key in keys if key in self._closed]
        if buying.next_offerings(resource, closed, self._now, prefer):
            return None
        first = min(closed, key=lambda c: c.until)
        again = buying.next_change(resource, closed, self._now)
        return _verdict(
            resource,
            Cause.OFFERINGS_UNAVAILABLE,
            f"no offering can be had ({first.code}); asked again in {span(again - self._now)}",
            remedy=f"add an offering or another resource for the queues of {resource.key}",
        )

    def _rooms(self, resource: Resource, wanted: int) -> list[tuple[int, Verdict]]:
        return [
            *(maximum.room(resource, wanted) for maximum in self._maximums(resource)),
            *self._breaker_room(resource),
        ]

    def _maximums(self, resource: Resource) -> Iterator[_Maximum]:
        """The narrower ones first."""
        live, most, until = self.live(resource), resource.max_instances, resource.terms.most
        yield _Maximum(Cause.RESOURCE_MAX, resource.key, live, most, until)
        owner = self._autoscalers[resource.autoscaler]
        if owner.max_instances is not None:
            name, live = f"autoscaler {owner.name}", self._totals[owner.name]
            until = owner.terms.most
            yield _Maximum(Cause.AUTOSCALER_MAX, name, live, owner.max_instances, until)
        if self._deployment.max_instances is not None:
            name, live = f"deployment {self._deployment.name}", self._totals.total()
            yield _Maximum(Cause.DEPLOYMENT_MAX, name, live, self._deployment.max_instances)

    def _breaker_room(self, resource: Resource) -> list[tuple[int, Verdict]]:
        breaker = self._breakers.get(resource.key)
        if breaker is None or breaker.failures < TRIPPED_AFTER:
            return []
        return [(1, self._breaker_verdict(resource, breaker))]


def paused_by(control: Control) -> str:
    """Who paused, when and why, for a sentence."""
    why = f": {control.reason}" if control.reason else ""
    return f"was paused by {control.by} at {_clock(control.at)}{why}"


def _clock(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="minutes")


def _verdict(resource: Resource, cause: Cause, reason: str, remedy: str = "") -> Verdict:
    return Verdict(
        cause=cause,
        reason=reason,
        autoscaler=resource.autoscaler,
        resource=resource.name,
        remedy=remedy,
    )
