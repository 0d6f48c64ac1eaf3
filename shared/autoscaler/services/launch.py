"""The launcher: one durable order, one cloud call at a time, every answer written down."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import assert_never

from autoscaler.core import buying, facts, launching
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.ledger import Breaker, Instance, Launch, Phase, Ref, Request, Unavailable
from autoscaler.core.limits import TRIPPED_AFTER
from autoscaler.core.seen import Machine
from autoscaler.errors import UnavailableError
from autoscaler.ports import (
    Ambiguous,
    Answer,
    Known,
    Launched,
    Message,
    Order,
    Ports,
    Refused,
    Throttled,
)
from autoscaler.services.book import Book

log = logging.getLogger(__name__)

BY = "launcher"
Change = Callable[[Launch], Launch]
_OPERATORS_PAUSE = timedelta(minutes=5)
_PATIENCE = 5  # how often an answer is written again when somebody else moved the launch


class Launcher:
    """Told twice or late, it finds the row moved on; told never, the next tick tells it again."""

    def __init__(self, deployment: Deployment, ports: Ports) -> None:
        self._deployment = deployment
        self._ports = ports
        self._book = Book(ports.state, BY)

    def __call__(self, key: str) -> None:
        """Go on with the launch, if anything may be done for it now."""
        launch = self._read(key)
        now = self._ports.clock.now()
        if launch is None or launching.not_callable(launch, now):
            return
        resource = self._deployment.by_key.get(launch.resource_key)
        compute = self._ports.computes.get(launch.compute)
        if resource is None or compute is None:
            return
        prepared = self._again(launch) if launch.unsettled else self._first(launch, resource, now)
        if prepared is None:
            return
        ahead, request, order = prepared
        claimed = launching.claimed(ahead, now, self._deployment.timing.claim)
        requests = [request] if request.revision == 0 else []
        if self._book.write(claimed, launch, now, *requests) is None:
            return
        answer = compute.launch(order, request.body)
        log.info("launch_answered", extra={"launch": key, "answer": type(answer).__name__})
        self._answered(claimed, order, answer, resource)

    def _first(
        self, launch: Launch, resource: Resource, now: datetime
    ) -> tuple[Launch, Request, Order] | None:
        """A new attempt for the rows that still wait, with the next offering that may be had."""
        waiting = launching.waiting_indexes(launch, self._rows(launch))
        offerings = buying.next_offerings(
            resource, self._unavailable(resource), now, launch.prefer
        )
        if not waiting or not offerings:
            return None  # the poller closes it
        attempt = launch.attempt + 1
        token = launching.token(self._deployment.name, launch.key, attempt)
        draft = launching.first_call(launch, waiting, offerings, token, "")
        order = self._order(draft)
        body = self._ports.computes[launch.compute].render(order)
        request = Request(key=f"{launch.key}.{attempt}", body=body)
        return draft.model_copy(update={"request_sha": _sha(body)}), request, order

    def _again(self, launch: Launch) -> tuple[Launch, Request, Order] | None:
        """The same attempt with the stored bytes; never rendered again (R5)."""
        request = self._ports.state.read(Ref("request", f"{launch.key}.{launch.attempt}"))
        if not isinstance(request, Request) or _sha(request.body) != launch.request_sha:
            log.error("stored_request_changed", extra={"launch": launch.key})
            return None
        return launch, request, self._order(launch)

    def _order(self, launch: Launch) -> Order:
        return Order(
            deployment=self._deployment.name,
            autoscaler=launch.autoscaler,
            resource=launch.resource,
            offering=launch.offering,
            also=launch.also,
            launch=launch.key,
            attempt=launch.attempt,
            indexes=launch.asked[-1],
            token=launch.token,
            queue_ids=launch.queue_ids,
            slots=launch.slots,
            config_hash=launch.config_hash,
        )

    def _answered(self, launch: Launch, order: Order, answer: Answer, resource: Resource) -> None:
        now = self._ports.clock.now()
        match answer:
            case Launched():
                self._launched(launch, order, answer, resource, now)
            case Refused(operator=True) if launch.calls > 1:
                self._write(launch, launching.answered_known, now)
            case Refused():
                self._refused(launch, answer, resource, now)
            case Throttled():
                pause = timedelta(seconds=answer.after)
                self._write_last(launch, lambda row: launching.throttled(row, now, pause), now)
            case Known():
                self._write(launch, launching.answered_known, now)
            case Ambiguous():
                # the claim stays: the same token and bytes again when it has run out (R6)
                log.warning("launch_ambiguous", extra={"launch": launch.key})
            case _:
                assert_never(answer)

    def _launched(
        self, launch: Launch, order: Order, answer: Launched, resource: Resource, now: datetime
    ) -> None:
        """Bind every row, then settle (R8); whatever did not come is asked for elsewhere."""
        for machine in answer.machines:
            self._bind(launch, machine, resource, now)
        if len(answer.machines) < len(order.indexes):
            came = f"{len(answer.machines)} of {len(order.indexes)} came"
            self._remember(launch, resource, answer.refused, came, now)
        self._write(launch, lambda row: launching.settled(row, now), now)
        self._go_on(launch, now)

    def _bind(self, launch: Launch, machine: Machine, resource: Resource, now: datetime) -> None:
        key = launching.row_key(launch, machine)
        row = self._ports.state.read(Ref("instance", key or ""))
        if not isinstance(row, Instance) or row.phase != Phase.REQUESTED:
            return
        price = resource.hourly_price(machine.type, machine.zone, machine.market)
        bound = facts.bind(row, machine, resource.max_spin_up, now, hourly_price=price)
        self._book.write(bound, row, now)

    def _refused(self, launch: Launch, answer: Refused, resource: Resource, now: datetime) -> None:
        code = f"{answer.code}: {answer.detail}" if answer.detail else answer.code
        if answer.operator:
            self._trip(resource, code, now)
        self._remember(launch, resource, answer.refused, code, now)
        self._write_last(launch, lambda row: launching.settled(row, now, code), now)
        self._go_on(launch, now)

    def _write_last(self, launch: Launch, change: Change, now: datetime) -> None:
        """Write what only the last call may say: a later one may still start machines (R6)."""
        self._write(launch, lambda row: change(row) if row.calls == launch.calls else row, now)

    def _write(self, launch: Launch, change: Change, now: datetime) -> None:
        """Write the answer: conditional on the attempt, whatever else moved the row (R8)."""
        for _ in range(_PATIENCE):
            current = self._read(launch.key)
            if current is None or current.attempt != launch.attempt:
                return
            after = change(current)
            if after == current or self._book.write(after, current, now):
                return

    def _remember(
        self,
        launch: Launch,
        resource: Resource,
        refused: Mapping[str, str],
        code: str,
        now: datetime,
    ) -> None:
        """What said no; without names, `code` is what all said that the call could use."""
        names = refused or dict.fromkeys((launch.offering, *launch.also), code)
        for offering, said in names.items():
            key = f"{resource.key}:{offering}"
            before = self._ports.state.read(Ref("unavailable", key))
            known = before if isinstance(before, Unavailable) else None
            pause = buying.pause_of(resource, offering, known, now)
            after = buying.refused_again(known, key, said, now, pause=pause)
            self._book.write(after, known, now)

    def _trip(self, resource: Resource, reason: str, now: datetime) -> None:
        before = self._ports.state.read(Ref("breaker", resource.key))
        breaker = Breaker(
            key=resource.key,
            revision=before.revision if before else 0,
            failures=TRIPPED_AFTER,
            open_until=now + _OPERATORS_PAUSE,
            reason=reason,
        )
        self._book.write(breaker, before, now)

    def _go_on(self, launch: Launch, now: datetime) -> None:
        """Rows that still wait are asked for again, from the next offering (R10)."""
        current = self._read(launch.key)
        if current is None or not launching.waiting_indexes(current, self._rows(current)):
            return
        again = Message(
            kind="launch",
            deployment=self._deployment.name,
            id=launch.key,
            gen=launch.gen,
            reason="the next offering",
            at=now,
        )
        try:
            self._ports.topic.publish([again])
        except UnavailableError as error:
            log.warning("publish_failed", extra={"error": str(error)})  # the next tick says it

    def _read(self, key: str) -> Launch | None:
        row = self._ports.state.read(Ref("launch", key))
        return row if isinstance(row, Launch) else None

    def _rows(self, launch: Launch) -> list[Instance]:
        keys = [launch.instance_key(index) for index in range(launch.count)]
        rows = (self._ports.state.read(Ref("instance", key)) for key in keys)
        return [row for row in rows if isinstance(row, Instance)]

    def _unavailable(self, resource: Resource) -> Sequence[Unavailable]:
        refs = [Ref("unavailable", f"{resource.key}:{o.key}") for o in resource.offerings]
        rows = (self._ports.state.read(ref) for ref in refs)
        return [row for row in rows if isinstance(row, Unavailable)]


def _sha(body: str) -> str:
    return sha256(body.encode()).hexdigest()
