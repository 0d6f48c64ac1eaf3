"""From what a tick observed to the rows that must change: facts first, decisions later."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from autoscaler.core import buying, facts, launching
from autoscaler.core.fleet import Deployment, Offering, Resource
from autoscaler.core.ledger import DecisionRow, Instance, Launch, Phase, Row, Unavailable
from autoscaler.core.rows import LiveSet
from autoscaler.core.seen import Machine, Queue, Snapshot, Supply, Worker
from autoscaler.core.value import Value

UNKNOWN_MARGIN = timedelta(seconds=180)


class Listing(Value):
    """A complete list of a compute's machines, and when the listing began."""

    began: datetime
    machines: tuple[Machine, ...]


class Observed(Value):
    """What one tick read from outside. `workers` is None when ClearML could not be read."""

    now: datetime
    listings: dict[str, Listing]
    unreadable: dict[str, str]
    queues: dict[str, Queue]
    workers: tuple[Worker, ...] | None
    clearml_problem: str | None = None
    credentials_refused: bool = False


class Reconciler:
    """Yields each changed row in the order in which the changes may be written.

    The caller writes a row, puts what then stands in the table into the live set, and goes on;
    so later steps (closing a launch, releasing its rows) build on what really happened.
    """

    def __init__(self, deployment: Deployment, rows: LiveSet, observed: Observed) -> None:
        self._deployment = deployment
        self._rows = rows
        self._seen = observed
        self._now = observed.now
        self._workers = facts.workers_by_machine(observed.workers or ())
        self._machines = {
            machine.instance_id: machine
            for listing in observed.listings.values()
            for machine in listing.machines
        }

    def changes(self) -> Iterator[Row]:
        yield from self._bindings()
        for row in self._rows.instances:
            yield from self._facts(row)
            yield from self._trouble(row)
        for launch in self._rows.launches:
            yield from self._launch(launch)
        for launch in self._rows.launches:
            if launch.state == "CLOSED":
                yield from self._releases(launch)

    def strangers(self) -> dict[str, list[Machine]]:
        """Living machines that no row names, by compute: to be adopted after another look."""
        named = {row.instance_id for row in self._rows.instances}
        return {
            compute: [
                machine
                for machine in listing.machines
                if machine.state == "living" and machine.instance_id not in named
            ]
            for compute, listing in self._seen.listings.items()
        }

    def finished(self) -> tuple[list[Launch], list[Instance]]:
        """Rows whose story is over: closed launches and GONE rows, one margin later (R12)."""
        over = [launch for launch in self._rows.launches if self._is_over(launch)]
        held = {launch.key for launch in self._rows.launches} - {launch.key for launch in over}
        ended = [
            row for row in self._rows.instances if self._is_gone(row) and row.launch not in held
        ]
        return over, ended

    def snapshot(self, recover_until: datetime | None) -> Snapshot:
        """What the plan may know, after all facts are in."""
        return Snapshot(
            now=self._seen.now,
            queues=self._seen.queues,
            supply=tuple(self._supply(row) for row in self._rows.living()),
            controls=self._rows.controls,
            unavailable=self._rows.unavailable,
            breakers=self._rows.breakers,
            ended=self._rows.ended(),
            spend=self._rows.spend,
            repairs=self._rows.repairs,
            running=self._running(),
            foreign=self._foreign(),
            twice=facts.twice(self._seen.workers or (), self._seen.now),
            memories=self._rows.memories,
            on_shutdown={row.key: row.on_shutdown for row in self._rows.all(DecisionRow)},
            clearml_problem=self._seen.clearml_problem,
            credentials_refused=self._seen.credentials_refused,
            unreadable=self._seen.unreadable,
            recover_until=recover_until,
        )

    def _running(self) -> frozenset[str]:
        held = {worker.task for worker in self._seen.workers or ()}
        return frozenset(row.key for row in self._rows.repairs if row.key in held)

    def _foreign(self) -> tuple[str, ...]:
        strange = (machine for machines in self.strangers().values() for machine in machines)
        return tuple(sorted(m.instance_id for m in strange if not self._is_ours(m)))

    def workers_of(self, row: Instance) -> Sequence[Worker]:
        return self._workers.get(row.worker, ()) if row.worker else ()

    def _bindings(self) -> Iterator[Row]:
        named = {row.instance_id: row.key for row in self._rows.instances}
        for machine in self._machines.values():
            key = named.get(machine.instance_id) or self._ordered_row(machine)
            row = self._rows.get(Instance, key or "")
            if row and self._binds(row, machine) and self._is_ours(machine):
                yield self._bound(row, machine)

    def _trouble(self, row: Instance) -> Iterator[Row]:
        """The offering of a spot machine that its cloud is about to take back says no by that."""
        if row.reclaim_at is None or row.reclaim_at < self._now or row.market != "spot":
            return
        resource = self._resource(row.resource_key)
        if resource and (offering := buying.offering_of(resource, row)):
            key = f"{resource.key}:{offering}"
            before = self._rows.get(Unavailable, key)
            after = buying.taken_back(before, key, self._now)
            if after != before:
                yield after

    def _bound(self, row: Instance, machine: Machine) -> Instance:
        resource = self._resource(row.resource_key)
        if resource is None:
            return facts.bind(row, machine, timedelta(0), self._now)
        price = resource.hourly_price(machine.type, machine.zone, machine.market)
        return facts.bind(row, machine, resource.max_spin_up, self._now, hourly_price=price)

    def _is_ours(self, machine: Machine) -> bool:
        return launching.is_ours(self._deployment.name, machine)

    def _ordered_row(self, machine: Machine) -> str | None:
        launch = self._rows.get(Launch, machine.launch)
        return launching.row_key(launch, machine) if launch else None

    def _binds(self, row: Instance, machine: Machine) -> bool:
        if row.phase == Phase.REQUESTED:
            return True
        mine = row.instance_id in ("", machine.instance_id)
        return row.phase == Phase.GONE and mine and machine.state == "living"

    def _facts(self, row: Instance) -> Iterator[Row]:
        listing = self._seen.listings.get(row.compute)
        if listing is not None:
            machine = self._machines.get(row.instance_id)
            after = facts.machine_fact(row, machine, self._margin(row.resource_key), self._now)
            if after is not row:
                yield after
                row = self._rows.get(Instance, row.key) or row
        if self._seen.workers is None:
            return
        after = facts.worker_fact(row, self.workers_of(row), self._now)
        if after is not row:
            yield after

    def _launch(self, launch: Launch) -> Iterator[Row]:
        if launch.state == "CLOSED":
            return
        listing = self._seen.listings.get(launch.compute)
        if listing is not None:
            after = launching.looked(
                launch,
                listing.began,
                self._margin(launch.resource_key),
                all_bound=self._all_bound(launch, listing),
            )
            if after is not launch:
                yield after
                launch = self._rows.get(Launch, launch.key) or launch
        if reason := self._closing(launch):
            yield launching.closed(launch, self._now, reason)

    def _all_bound(self, launch: Launch, listing: Listing) -> bool:
        named = {row.instance_id for row in self._rows.instances}
        shown = [m for m in listing.machines if m.launch == launch.key and self._is_ours(m)]
        return all(machine.instance_id in named for machine in shown)

    def _closing(self, launch: Launch) -> str | None:
        resource = self._resource(launch.resource_key)
        offerings: tuple[Offering, ...] = ()
        if resource:
            offerings = buying.next_offerings(
                resource, self._rows.unavailable, self._now, launch.prefer
            )
        waiting = launching.waiting_indexes(launch, self._rows.of_launch(launch))
        return launching.closing_reason(launch, len(waiting), offerings, resource, self._now)

    def _releases(self, launch: Launch) -> Iterator[Row]:
        for row in self._rows.of_launch(launch):
            if row.phase == Phase.REQUESTED:
                yield facts.gone(row, f"never launched: {launch.reason}", self._now)

    def _supply(self, row: Instance) -> Supply:
        workers = self.workers_of(row)
        resource = self._resource(row.resource_key)
        idle, busy, coming = facts.slots(row, workers, resource, self._now)
        return Supply(instance=row, idle=idle, busy=busy, coming=coming)

    def _is_over(self, launch: Launch) -> bool:
        return launch.state == "CLOSED" and self._past(launch.closed_at, launch.resource_key)

    def _is_gone(self, row: Instance) -> bool:
        over = row.phase == Phase.GONE and row.settled
        return over and self._past(row.gone_at, row.resource_key)

    def _past(self, at: datetime | None, resource: str) -> bool:
        return at is not None and self._now - at >= self._margin(resource)

    def _resource(self, key: str) -> Resource | None:
        return self._deployment.by_key.get(key)

    def _margin(self, resource: str) -> timedelta:
        found = self._resource(resource)
        return found.margin if found else UNKNOWN_MARGIN
