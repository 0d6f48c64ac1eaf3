"""Writing a plan down: one transaction per launch, each under the fence (rules R1 to R3)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from autoscaler.core.decisions import Cause, DrainDecision, LaunchDecision
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.ledger import Fence, Instance, Launch, Past, Phase, Ref, Row
from autoscaler.core.lifecycle import move
from autoscaler.core.rows import LiveSet
from autoscaler.core.seen import Queue
from autoscaler.errors import StaleWriteError
from autoscaler.ports import Ids, State
from autoscaler.services.book import event, saved

BY = "poller"


class Committer:
    """Holds the fence of one tick. StaleWriteError means another planner took it: stop."""

    def __init__(
        self, deployment: Deployment, state: State, ids: Ids, fence: Fence, now: datetime
    ) -> None:
        self._deployment = deployment
        self._state = state
        self._ids = ids
        self._now = now
        self.fence = fence
        self.ordered: list[str] = []
        self.drained: list[str] = []
        self._created: tuple[str, ...] = ()

    def order(self, decision: LaunchDecision, queues: Mapping[str, Queue], rows: LiveSet) -> None:
        """Reserve the decided machines: as many launches as the store's transactions need."""
        resource = self._deployment.by_key[decision.resource]
        left = decision.count
        most = self._state.limit - len(("fence", "launch", "event"))
        while left > 0:
            count = min(left, most)
            launch = self._launch(decision, resource, queues, count)
            instances = [self._instance(launch, resource, i) for i in range(count)]
            self._commit_order(launch, instances)
            rows.put(saved(launch))
            for instance in instances:
                rows.put(saved(instance))
            self.ordered.append(launch.key)
            left -= count

    def drain(self, decision: DrainDecision, rows: LiveSet) -> None:
        """Start the drain; a row that somebody moved meanwhile is left to the next tick."""
        (before,) = [row for row in rows.instances if row.key == decision.instance]
        row = self._leaving(before, decision)
        told = event(row, before, BY, self._now)
        try:
            self._write_under_fence(self.fence, [row], [told] if told else [])
        except StaleWriteError:
            if self._holds_the_fence():
                return
            raise
        rows.put(saved(row))
        self.drained.append(row.key)

    def release(self) -> None:
        """Let the next planner in at once; safety never depends on it.

        What the planner before created has been read by now: only this one's rows are news.
        """
        free = self.fence.model_copy(
            update={"lease_owner": "", "lease_until": None, "manifest": self._created}
        )
        self._write_under_fence(free, [], [])

    def _leaving(self, row: Instance, decision: DrainDecision) -> Instance:
        """Asked to go if nothing runs on it; or ended, and its tasks brought back after that."""
        how: dict[str, object] = {"asked_at": None, "drain_nonce": self._ids.new()}
        if decision.requeue:
            how = {"forced": True, "requeue": True}
        if decision.cause == Cause.NEVER_REGISTERED:
            how["unheard"] = True
        return move(
            row,
            Phase.TERMINATING if decision.requeue else Phase.DRAINING,
            decision.reason,
            self._now,
            drain_at=self._now,
            drain_reason=decision.reason,
            next_check=self._now + self._deployment.timing.recheck,
            **how,
        )

    def _commit_order(self, launch: Launch, instances: Sequence[Instance]) -> None:
        created = tuple(f"{row.kind}/{row.key}" for row in (launch, *instances))
        fence = self.fence.model_copy(update={"manifest": (*self._created, *created)})
        told = event(launch, None, BY, self._now)
        self._write_under_fence(fence, [launch, *instances], [told] if told else [])
        self._created = fence.manifest

    def _write_under_fence(
        self, fence: Fence, rows: Sequence[Row], events: Sequence[Past]
    ) -> None:
        self._state.commit(put=[fence, *rows], record=events)
        self.fence = fence.model_copy(update={"revision": fence.revision + 1})

    def _holds_the_fence(self) -> bool:
        current = self._state.read(Ref("fence", self.fence.key))
        return current is not None and current.revision == self.fence.revision

    def _launch(
        self,
        decision: LaunchDecision,
        resource: Resource,
        queues: Mapping[str, Queue],
        count: int,
    ) -> Launch:
        timing = self._deployment.timing
        return Launch(
            key=self._ids.new(),
            autoscaler=resource.autoscaler,
            resource=resource.name,
            compute=resource.compute,
            queue=decision.queue,
            queue_ids=tuple(queues[ref].id for ref in resource.queues if ref in queues),
            count=count,
            slots=resource.slots,
            requested_at=self._now,
            deadline=self._now + timing.deadline,
            prefer=decision.prefer,
            config_hash=resource.config_hash,
            gen=self.fence.gen,
            next_check=self._now + timing.recheck,
            reason=decision.reason,
        )

    def _instance(self, launch: Launch, resource: Resource, index: int) -> Instance:
        return Instance(
            key=launch.instance_key(index),
            autoscaler=launch.autoscaler,
            resource=launch.resource,
            compute=launch.compute,
            launch=launch.key,
            queue=launch.queue,
            market=launch.prefer,
            index=index,
            phase=Phase.REQUESTED,
            reason=launch.reason,
            moved_at=self._now,
            slots=resource.slots,
            config_hash=resource.config_hash,
            queue_ids=launch.queue_ids,
            requested_at=self._now,
            next_check=launch.deadline,
        )
