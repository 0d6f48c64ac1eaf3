"""The decision: a pure function of the configuration and one snapshot."""

from math import ceil

from autoscaler.core.budgets import Budgets
from autoscaler.core.cover import Cover, Kind
from autoscaler.core.crews import Crews, crews
from autoscaler.core.decisions import Cause, LaunchDecision, Plan, Verdict
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.learning import learned
from autoscaler.core.limits import Gate
from autoscaler.core.preference import Markets, Part
from autoscaler.core.scale_in import keeps, scale_in
from autoscaler.core.schedules import in_force
from autoscaler.core.seen import Queue, Snapshot
from autoscaler.core.words import many, span


def decide(deployment: Deployment, seen: Snapshot) -> Plan:
    """What to start, what to drain, and why nothing else.

    Every waiting task that no idle or coming slot covers asks for a slot of the first resource of
    its queue that has room, and only the remainder goes on to the next one. How long an idle
    machine stays is a matter of its resource's policy.
    """
    if seen.clearml_problem is not None:
        return Plan(did_not=_blind(deployment, seen, seen.clearml_problem))
    if seen.held:
        return Plan(did_not=_held(deployment, seen))
    deployment = in_force(deployment, seen.now)
    budgets = Budgets(deployment, seen)
    machines = crews(deployment, seen)
    scale_out = _ScaleOut(deployment, seen, machines, budgets)
    scale_out.fill_minimums()
    for ref in scale_out.serving:
        scale_out.serve(ref)
    memories = learned(deployment, seen, machines, scale_out.cover)
    drains, kept = scale_in(deployment, seen, machines, scale_out.cover, budgets, memories)
    return Plan(
        launches=tuple(scale_out.launches),
        drains=tuple(drains),
        did_not=(*scale_out.did_not, *_unreadable(seen), *kept),
        learned={key: now for key, now in memories.items() if now != seen.memories.get(key)},
    )


class _ScaleOut:
    """Walks the minimums, then the queues in order; collects launches and what was not done."""

    def __init__(
        self, deployment: Deployment, seen: Snapshot, machines: Crews, budgets: Budgets
    ) -> None:
        self._deployment = deployment
        self._seen = seen
        self._gate = Gate(deployment, seen, machines, budgets)
        self._markets = Markets(seen, machines)
        self.serving = _serving(deployment, seen)
        self.cover = Cover({ref: [r.key for r in rs] for ref, rs in self.serving.items()})
        for key, crew in machines.items():
            self.cover.add(key, Kind.COMING, crew.coming(seen.now))
            self.cover.add(key, Kind.IDLE, crew.idle)
        self.launches: list[LaunchDecision] = []
        self.did_not: list[Verdict] = []

    def fill_minimums(self) -> None:
        for resource in self._deployment.resources:
            missing = resource.min_instances - self._gate.live(resource)
            existing = [ref for ref in resource.queues if ref in self._seen.queues]
            if missing > 0 and existing:  # without a queue, its agents would have nothing to pull
                reason = keeps(resource)
                self._start(resource, missing, existing[0], Cause.MINIMUM, reason)

    def serve(self, ref: str) -> None:
        queue = self._seen.queues.get(ref)
        if queue is None:
            self.did_not.append(_missing(ref))
            return
        if queue.paused or not queue.waiting:
            self.did_not.append(_nothing_to_do(ref, queue))
            return
        need = queue.waiting - self.cover.take(ref, queue.waiting)
        if not need:
            self.did_not.append(_covered(ref, queue))
        for resource in self.serving[ref]:
            if not need:
                return
            need = self._serve_from(resource, ref, queue, need)

    def _serve_from(self, resource: Resource, ref: str, queue: Queue, need: int) -> int:
        """Start what the resource may; how many tasks are still without a slot."""
        reason = f"{many(queue.waiting, 'task')} waiting in {ref}, {need} without a slot"
        if queue.oldest:
            reason += f", the oldest for {span(self._seen.now - queue.oldest)}"
        wanted = ceil(need / resource.slots)
        started = self._start(resource, wanted, ref, Cause.DEMAND, reason)
        # the new slots are the only ones that this queue can still get
        return need - self.cover.take(ref, min(need, started * resource.slots))

    def _start(self, resource: Resource, wanted: int, ref: str, cause: Cause, reason: str) -> int:
        """Start as many as the limits allow; how many that are."""
        return sum(
            self._order(resource, part, ref, cause, reason)
            for part in self._markets.parts(resource, ref, wanted)
        )

    def _order(self, resource: Resource, part: Part, ref: str, cause: Cause, reason: str) -> int:
        count, verdict = self._gate.admit(resource, ref, part.machines, part.prefer)
        if verdict:
            short = verdict.model_copy(update={"queue": ref, "count": part.machines - count})
            self.did_not.append(short)
        if not count:
            return 0
        self._gate.started(resource, ref, count)
        self._markets.started(resource, part.prefer, count)
        self.cover.add(resource.key, Kind.COMING, count * resource.slots)
        self.launches.append(
            LaunchDecision(
                resource=resource.key,
                queue=ref,
                count=count,
                cause=cause,
                reason=f"{reason}; {part.because}" if part.because else reason,
                prefer=part.prefer,
            )
        )
        return count


def _serving(deployment: Deployment, seen: Snapshot) -> dict[str, list[Resource]]:
    """The resources of each queue, in preference, by what the operator called the queue first.

    A queue that one resource calls by its name and another by its id is still one queue.
    """
    first: dict[str, str] = {}
    serving: dict[str, list[Resource]] = {}
    for resource in deployment.resources:
        for ref in resource.queues:
            queue_id = seen.queues[ref].id if ref in seen.queues else ref
            known = serving.setdefault(first.setdefault(queue_id, ref), [])
            if resource not in known[-1:]:
                known.append(resource)
    return serving


def _missing(ref: str) -> Verdict:
    return Verdict(
        cause=Cause.QUEUE_MISSING,
        queue=ref,
        reason=f"ClearML has no queue {ref!r}",
        remedy="create it in ClearML, correct its name, or set clearml.create_missing_queues",
    )


def _nothing_to_do(ref: str, queue: Queue) -> Verdict:
    if queue.paused:
        return Verdict(
            cause=Cause.QUEUE_PAUSED,
            queue=ref,
            count=queue.waiting,
            reason=f"{many(queue.waiting, 'task')} waiting in {ref}, whose tag"
            " force_workers:off keeps agents from pulling",
            remedy="take the tag off the queue in ClearML",
        )
    return Verdict(cause=Cause.NO_DEMAND, queue=ref, reason=f"no task is waiting in {ref}")


def _covered(ref: str, queue: Queue) -> Verdict:
    return Verdict(
        cause=Cause.COVERED,
        queue=ref,
        count=queue.waiting,
        reason=f"{many(queue.waiting, 'task')} waiting in {ref}, each with a slot that is idle"
        " or on its way",
    )


def _blind(deployment: Deployment, seen: Snapshot, problem: str) -> tuple[Verdict, ...]:
    refused = seen.credentials_refused
    return tuple(
        Verdict(
            cause=Cause.CREDENTIALS_REFUSED if refused else Cause.CLEARML_UNREADABLE,
            autoscaler=autoscaler.name,
            reason="ClearML could not be read in full, so nothing is started or stopped:"
            f" {problem}",
            remedy="check clearml.access_key and clearml.secret_key"
            if refused
            else "autoscaler check says more; the next tick tries again",
        )
        for autoscaler in deployment.autoscalers
    ) + _unreadable(seen)


def _held(deployment: Deployment, seen: Snapshot) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(
            cause=Cause.CONFIGURATION_UNUSABLE,
            autoscaler=autoscaler.name,
            reason="the configuration cannot be used, so nothing more is started or stopped:"
            f" {seen.config_problem}",
            remedy="mend it: autoscaler config push",
        )
        for autoscaler in deployment.autoscalers
    ) + _unreadable(seen)


def _unreadable(seen: Snapshot) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(
            cause=Cause.MACHINES_UNREADABLE,
            reason=f"the machines of {compute} could not be listed, so none of them is stopped"
            f" or forgotten: {problem}",
            remedy="the next tick tries again",
        )
        for compute, problem in sorted(seen.unreadable.items())
    )
