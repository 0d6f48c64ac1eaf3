"""One tick of the poller: look, write down the facts, decide, commit, announce."""

import logging
from datetime import datetime

from autoscaler.core.decisions import Plan
from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Fence, Instance, Phase, Ref
from autoscaler.core.plan import decide
from autoscaler.core.reconcile import Reconciler
from autoscaler.core.rows import LiveSet
from autoscaler.core.seen import Snapshot
from autoscaler.core.value import Value
from autoscaler.errors import StaleWriteError, UnavailableError
from autoscaler.ports import Ports
from autoscaler.services.announce import announcements, poke
from autoscaler.services.archive import Archiver
from autoscaler.services.book import Book, Draft, saved
from autoscaler.services.commit import BY, Committer
from autoscaler.services.forget import Forgetter
from autoscaler.services.look import Looker, recovery_end
from autoscaler.services.note import decision_rows, learned_rows
from autoscaler.services.tell import Teller

log = logging.getLogger(__name__)


class Tick(Value):
    """What one tick saw, decided and did. `skipped` says why it did nothing at all.

    `living`: whether any machine lives or was ordered, so that looking again soon pays.
    """

    at: datetime
    gen: int = 0
    skipped: str = ""
    seen: Snapshot
    plan: Plan = Plan()
    ordered: tuple[str, ...] = ()
    drained: tuple[str, ...] = ()
    living: bool = False


class Poller:
    """The only planner. Any number of them may run at once: the fence lets one commit.

    `config_problem` and `held` are what each of its snapshots says of its configuration.
    """

    def __init__(
        self,
        deployment: Deployment,
        ports: Ports,
        *,
        owner: str,
        create_missing: bool = False,
        config_problem: str = "",
        held: bool = False,
    ) -> None:
        self._deployment = deployment
        self._ports = ports
        self._owner = owner
        self._configured = {"config_problem": config_problem, "held": held}
        self._archive = Archiver(deployment, ports.state)
        self._tell = Teller(deployment, ports.state, ports.notifier)
        self._forget = Forgetter(ports)
        self._look = self._looker(Book(ports.state, BY), create_missing=create_missing)

    def tick(self) -> Tick:
        now = self._ports.clock.now()
        fence = self._claim(now)
        if fence is None:
            return Tick(at=now, skipped="another planner is at work", seen=Snapshot(now=now))
        fence, rows, reconciler = self._look(fence, now)
        seen = self._snapshot(reconciler, fence)
        committer = Committer(self._deployment, self._ports.state, self._ports.ids, fence, now)
        tick = self._carry_out(decide(self._deployment, seen), seen, committer, rows)
        self._archive(reconciler, rows, now)
        if not tick.skipped:
            self._tell(seen, rows)
            self._forget(rows, seen, tick.gen)
        return tick

    def preview(self) -> tuple[Snapshot, Plan]:
        """What a tick would see and decide now; nothing is written, started or stopped."""
        now = self._ports.clock.now()
        look = self._looker(Draft(self._ports.state, BY), create_missing=False)
        fence, _, reconciler = look(self._raised(now), now)
        seen = self._snapshot(reconciler, fence)
        return seen, decide(self._deployment, seen)

    def _snapshot(self, reconciler: Reconciler, fence: Fence) -> Snapshot:
        return reconciler.snapshot(fence.recover_until).model_copy(update=self._configured)

    def _looker(self, book: Book, *, create_missing: bool) -> Looker:
        return Looker(self._deployment, self._ports, book, create_missing=create_missing)

    def _claim(self, now: datetime) -> Fence | None:
        """The fence, raised by one and stored (R2); None while another planner has it."""
        fence = self._raised(now)
        leased = fence.lease_until is not None and fence.lease_until > now
        if leased and fence.lease_owner != self._owner:
            return None
        lease = now + self._deployment.timing.lease
        mine = fence.model_copy(update={"lease_owner": self._owner, "lease_until": lease})
        try:
            self._ports.state.commit(put=[mine])
        except StaleWriteError:
            return None
        return saved(mine)

    def _raised(self, now: datetime) -> Fence:
        """The fence of the next generation. A table that has none may have been lost."""
        fence = self._ports.state.read(Ref("fence", self._deployment.name))
        if isinstance(fence, Fence):
            return fence.model_copy(update={"gen": fence.gen + 1})
        until = recovery_end(self._deployment, now)
        return Fence(key=self._deployment.name, gen=1, recover_until=until)

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
        self._announce(rows, seen.now, committer.fence.gen)
        return Tick(
            at=seen.now,
            gen=committer.fence.gen,
            skipped=skipped,
            seen=seen,
            plan=plan,
            ordered=tuple(committer.ordered),
            drained=tuple(committer.drained),
            living=any(rows.living()),
        )

    def _note(self, seen: Snapshot, plan: Plan, committer: Committer, rows: LiveSet) -> None:
        gen = committer.fence.gen
        for note in decision_rows(self._deployment, rows, seen, plan, gen):
            self._ports.state.commit(put=[note])
        for learned in learned_rows(rows, plan):
            self._ports.state.commit(put=[learned])

    def _announce(self, rows: LiveSet, now: datetime, gen: int) -> None:
        """Publish pointers to what is due, and a poke while anything is on its way."""
        messages = list(announcements(self._deployment.name, rows, now, gen))
        if any(_on_its_way(row) for row in rows.instances):
            messages.append(poke(self._deployment.name, "machines are on their way", now, gen))
        try:
            self._ports.topic.publish(messages)
        except UnavailableError as error:
            log.warning("publish_failed", extra={"error": str(error)})


def _on_its_way(row: Instance) -> bool:
    return row.phase not in (Phase.UP, Phase.GONE)
