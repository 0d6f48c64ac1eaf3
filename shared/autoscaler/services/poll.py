"""One tick of the poller: look, write down the facts, decide, commit, announce."""

import logging
from datetime import datetime

from autoscaler.core.decisions import Plan
from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Fence, Instance, Phase, Ref, Row
from autoscaler.core.plan import decide
from autoscaler.core.reconcile import Observed, Reconciler
from autoscaler.core.rows import LiveSet
from autoscaler.core.seen import Snapshot
from autoscaler.core.value import Value
from autoscaler.errors import StaleWriteError, UnavailableError
from autoscaler.ports import Message, Ports
from autoscaler.services.adopt import Adopter
from autoscaler.services.announce import announcements
from autoscaler.services.book import Book, saved
from autoscaler.services.commit import BY, Committer
from autoscaler.services.note import breaker_after, decision_rows
from autoscaler.services.observe import Observer

log = logging.getLogger(__name__)


class Tick(Value):
    """What one tick saw, decided and did. `skipped` says why it did nothing at all."""

    at: datetime
    gen: int = 0
    skipped: str = ""
    seen: Snapshot
    plan: Plan = Plan()
    ordered: tuple[str, ...] = ()
    drained: tuple[str, ...] = ()
    in_flight: bool = False


class Poller:
    """The only planner. Any number of them may run at once: the fence lets one commit."""

    def __init__(
        self, deployment: Deployment, ports: Ports, *, owner: str, create_missing: bool = False
    ) -> None:
        self._deployment = deployment
        self._ports = ports
        self._owner = owner
        self._book = Book(ports.state, BY)
        self._adopter = Adopter(deployment, ports.state, self._book)
        self._observer = Observer(deployment, ports)
        self._create_missing = create_missing

    def tick(self) -> Tick:
        now = self._ports.clock.now()
        claimed = self._claim(now)
        if claimed is None:
            return Tick(at=now, skipped="another planner is at work", seen=Snapshot(now=now))
        fence, is_new = claimed
        rows = self._read(fence)
        observed = self._observer.observe(now, create_missing=self._create_missing)
        if is_new:
            fence = self._recover(fence, observed)
        reconciler = Reconciler(self._deployment, rows, observed)
        self._write_facts(reconciler, rows, now)
        seen = reconciler.snapshot(fence.recover_until)
        committer = Committer(self._deployment, self._ports.state, self._ports.ids, fence, now)
        tick = self._carry_out(decide(self._deployment, seen), seen, committer, rows)
        self._archive(reconciler)
        return tick

    def preview(self) -> tuple[Snapshot, Plan]:
        """What a tick would see and decide now; nothing is written, started or stopped."""
        rows = LiveSet(self._ports.state.live())
        fence = rows.get(Fence, self._deployment.name)
        observed = self._observer.observe(self._ports.clock.now(), create_missing=False)
        reconciler = Reconciler(self._deployment, rows, observed)
        for row in reconciler.changes():
            rows.put(row)
        seen = reconciler.snapshot(fence.recover_until if fence else None)
        return seen, decide(self._deployment, seen)

    def _claim(self, now: datetime) -> tuple[Fence, bool] | None:
        """The fence, raised by one (R2), and whether the table had none."""
        found = self._ports.state.read(Ref("fence", self._deployment.name))
        fence = found if isinstance(found, Fence) else Fence(key=self._deployment.name)
        leased = fence.lease_until is not None and fence.lease_until > now
        if leased and fence.lease_owner != self._owner:
            return None
        raised = fence.model_copy(
            update={
                "gen": fence.gen + 1,
                "lease_owner": self._owner,
                "lease_until": now + self._deployment.timing.lease,
            }
        )
        try:
            self._ports.state.commit(put=[raised])
        except StaleWriteError:
            return None
        return raised.model_copy(update={"revision": raised.revision + 1}), found is None

    def _read(self, fence: Fence) -> LiveSet:
        """The live rows, with those of the last planner that the query does not show yet (R3)."""
        rows = LiveSet(self._ports.state.live())
        for entry in fence.manifest:
            kind, _, key = entry.partition("/")
            ref = Ref(kind, key)
            if ref not in rows and (row := self._ports.state.read(ref)):
                rows.put(row)
        return rows

    def _recover(self, fence: Fence, observed: Observed) -> Fence:
        """A new table while machines live: adopt them, and create nothing for one margin."""
        living = any(listing.machines for listing in observed.listings.values())
        if not living and not observed.unreadable:
            return fence
        margin = max(resource.margin for resource in self._deployment.resources)
        held = fence.model_copy(update={"recover_until": observed.now + margin})
        self._ports.state.commit(put=[held])
        return held.model_copy(update={"revision": held.revision + 1})

    def _write_facts(self, reconciler: Reconciler, rows: LiveSet, now: datetime) -> None:
        for row in reconciler.changes():
            self._write_fact(row, rows, now)
        for compute, machines in reconciler.strangers().items():
            for machine in self._adopter.adopt(machines, compute, rows, now):
                log.warning("stranger_left_alone", extra={"instance_id": machine.instance_id})

    def _write_fact(self, row: Row, rows: LiveSet, now: datetime) -> None:
        before = rows.find(row.ref)
        breaker = breaker_after(row, rows, now) if isinstance(row, Instance) else None
        also = (breaker,) if breaker else ()
        if self._book.write(row, before, now, *also):
            for written in (row, *also):
                rows.put(saved(written))
            return
        newer = self._ports.state.read(row.ref)
        if newer is None:
            rows.drop(row.ref)
        else:
            rows.put(newer)

    def _carry_out(self, plan: Plan, seen: Snapshot, committer: Committer, rows: LiveSet) -> Tick:
        skipped = ""
        try:
            for launch in plan.launches:
                committer.order(launch, seen.queues, rows)
            for drain in plan.drains:
                committer.drain(drain, rows)
            self._note(seen, plan, committer, rows)
            committer.release()
        except StaleWriteError:
            skipped = "another planner took over"
        in_flight = self._announce(rows, seen.now, committer.fence.gen)
        return Tick(
            at=seen.now,
            gen=committer.fence.gen,
            skipped=skipped,
            seen=seen,
            plan=plan,
            ordered=tuple(committer.ordered),
            drained=tuple(committer.drained),
            in_flight=in_flight,
        )

    def _note(self, seen: Snapshot, plan: Plan, committer: Committer, rows: LiveSet) -> None:
        gen = committer.fence.gen
        for row in decision_rows(self._deployment, rows, seen, plan, gen):
            self._ports.state.commit(put=[row])

    def _announce(self, rows: LiveSet, now: datetime, gen: int) -> bool:
        """Publish pointers to what is due; whether anything is on its way."""
        messages = list(announcements(self._deployment.name, rows, now, gen))
        in_flight = any(_on_its_way(row) for row in rows.instances)
        if in_flight:
            poke = Message(
                kind="poke",
                deployment=self._deployment.name,
                id="",
                gen=gen,
                reason="machines are on their way",
                at=now,
            )
            messages.append(poke)
        try:
            self._ports.topic.publish(messages)
        except UnavailableError as error:
            log.warning("publish_failed", extra={"error": str(error)})
        return in_flight

    def _archive(self, reconciler: Reconciler) -> None:
        launches, instances = reconciler.finished()
        for row in (*instances, *launches):
            try:
                self._ports.state.commit(remove=[row], record=[row])
            except StaleWriteError:
                log.info("archive_later", extra={"row": row.key})
        for launch in launches:
            for attempt in range(1, launch.attempt + 1):
                request = self._ports.state.read(Ref("request", f"{launch.key}.{attempt}"))
                if request:
                    self._ports.state.commit(remove=[request])


def _on_its_way(row: Instance) -> bool:
    return row.phase not in (Phase.UP, Phase.GONE)
