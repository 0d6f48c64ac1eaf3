"""One look at the world: read it, write the facts down, hand over what the plan may know."""

import logging
from collections.abc import Iterator
from datetime import datetime

from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Fence, Instance, Ref, Row
from autoscaler.core.money import budgets
from autoscaler.core.reconcile import Observed, Reconciler
from autoscaler.core.rows import LiveSet
from autoscaler.ports import Ports
from autoscaler.services.adopt import Adopter
from autoscaler.services.book import Book, saved
from autoscaler.services.note import breaker_after
from autoscaler.services.observe import Observer

log = logging.getLogger(__name__)


class Looker:
    """Facts only, each a compare-and-set by `book`: true whoever writes them, so not fenced."""

    def __init__(
        self, deployment: Deployment, ports: Ports, book: Book, *, create_missing: bool
    ) -> None:
        self._deployment = deployment
        self._state = ports.state
        self._book = book
        self._adopter = Adopter(deployment, ports.state, book)
        self._observer = Observer(deployment, ports)
        self._create_missing = create_missing

    def __call__(self, fence: Fence, now: datetime) -> tuple[Fence, LiveSet, Reconciler]:
        """The fence may come back with another end of the recovery; it is not written here."""
        rows = self._read(fence)
        observed = self._observer.observe(now, rows, create_missing=self._create_missing)
        reconciler = Reconciler(self._deployment, rows, observed)
        for row in reconciler.changes():
            self._write(row, rows, now)
        known = len(rows.instances)
        for compute, machines in reconciler.strangers().items():
            for machine in self._adopter.adopt(machines, compute, rows, now):
                log.warning("stranger_left_alone", extra={"instance_id": machine.instance_id})
        adopted = len(rows.instances) > known
        return self._recovered(fence, observed, adopted=adopted), rows, reconciler

    def _read(self, fence: Fence) -> LiveSet:
        """The live rows, with those of the last planner that the query does not show yet (R3).

        A row that left the table while it was read must not take its cost with it: what it left
        is on the spend rows that are read behind the query.
        """
        rows = LiveSet(self._state.live())
        for scope in budgets(self._deployment):
            if spend := self._state.read(Ref("spend", scope)):
                rows.put(spend)
        for ref in _manifest(fence):
            if ref not in rows and (row := self._state.read(ref)):
                rows.put(row)
        return rows

    def _write(self, row: Row, rows: LiveSet, now: datetime) -> None:
        before = rows.find(row.ref)
        breaker = breaker_after(row, rows, now) if isinstance(row, Instance) else None
        also = (breaker,) if breaker else ()
        if self._book.write(row, before, now, *also):
            for written in (row, *also):
                rows.put(saved(written))
            return
        newer = self._state.read(row.ref)
        if newer is None:
            rows.drop(row.ref)
        else:
            rows.put(newer)

    def _recovered(self, fence: Fence, observed: Observed, *, adopted: bool) -> Fence:
        """How long nothing is created, because a table that is new may have been lost.

        One margin in which every compute could be listed and nobody was left to adopt: where one
        was, the same listing may have missed another. A table that is new where no machine is
        (`gen` 1) was not lost.
        """
        if fence.recover_until is None:
            return fence
        if observed.unreadable or adopted:
            return fence.model_copy(
                update={"recover_until": recovery_end(self._deployment, observed.now)}
            )
        machines = any(listing.machines for listing in observed.listings.values())
        if fence.recover_until <= observed.now or (fence.gen == 1 and not machines):
            return fence.model_copy(update={"recover_until": None})
        return fence


def recovery_end(deployment: Deployment, now: datetime) -> datetime:
    """When every machine that lives now must have been listed."""
    return now + max(resource.margin for resource in deployment.resources)


def _manifest(fence: Fence) -> Iterator[Ref]:
    for entry in fence.manifest:
        kind, _, key = entry.partition("/")
        yield Ref(kind, key)
