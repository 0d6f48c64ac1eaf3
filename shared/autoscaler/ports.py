"""The ports: what the services need of the world, and what each adapter promises.

An adapter raises `UnavailableError` when it cannot answer in full (`CredentialsError` when it was
refused), and never answers in part.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from pydantic import Field

from autoscaler.core.fleet import offering_parts
from autoscaler.core.ledger import Past, Ref, Row
from autoscaler.core.notices import Notice
from autoscaler.core.seen import Machine, Queue, Task, Worker
from autoscaler.core.value import Value
from autoscaler.errors import Problem

# --- ClearML ---------------------------------------------------------------------------------


class Queues(Protocol):
    def read(self, refs: Collection[str]) -> Sequence[Queue]:
        """The queues that are named (or identified) by `refs`, hidden ones included.

        A ref that no queue answers to is left out: it does not exist. One call for up to 500.
        """
        ...

    def create(self, name: str) -> None:
        """Make the queue. One that exists already is fine."""
        ...


class Workers(Protocol):
    def read(self, prefixes: Collection[str]) -> Sequence[Worker]:
        """Every worker of our agents' user whose id starts with one of `prefixes` + ":".

        Anybody may report under any id: what another user reports is not ours.
        """
        ...

    def unregister(self, worker: str) -> None:
        """Take a dead worker off ClearML's list. One that is unknown is fine."""
        ...


class Tasks(Protocol):
    """Who looks for a worker's work asks for `unreported` first: a task moves on to `held_by`."""

    def held_by(self, workers: Collection[str]) -> Sequence[Task]:
        """The tasks in progress that one of these workers was the last to report."""
        ...

    def unreported(self, queue_ids: Collection[str]) -> Sequence[str]:
        """Ids of tasks popped but not reported: queued by status, in no entry of these queues."""
        ...

    def read(self, ids: Collection[str]) -> Sequence[Task]:
        """These tasks as they are now; one that does not exist is left out."""
        ...

    def stop(self, task: str, reason: str) -> None:
        """Whatever its status: `stopped`, with this reason for people to read."""
        ...

    def enqueue(self, task: str, queue_id: str, reason: str) -> bool:
        """Put it in front of the queue, with this reason for people to read while it waits.

        One that stands there is only moved. False: no such queue.
        """
        ...

    def reset(self, task: str) -> None:
        """Forget what it did, outputs included, so that it starts anew."""
        ...

    def fail(self, task: str, reason: str) -> None:
        """Whatever its status: `failed`, with this reason for people to read."""
        ...


# --- the ledger ------------------------------------------------------------------------------


class State(Protocol):
    """The state table. Writes are linearizable and all-or-nothing.

    `limit` is how many rows one commit may touch.
    """

    @property
    def limit(self) -> int: ...

    def live(self) -> Sequence[Row]:
        """All rows but the history and what is BESIDE; perhaps a part of a commit under way."""
        ...

    def read(self, ref: Ref) -> Row | None:
        """The row as last committed, or None."""
        ...

    def commit(
        self,
        *,
        put: Sequence[Row] = (),
        remove: Sequence[Row] = (),
        record: Sequence[Past] = (),
    ) -> None:
        """Write `put` and `remove`, each only over the revision it carries; append `record`.

        A `put` with revision 0 creates; every accepted `put` is stored with revision + 1.
        `record` goes to the history, which never conflicts; the same ref again replaces.

        Raises StaleWriteError, with nothing written, when any row's revision has moved on or a
        row to remove is not there; ValueError for more than `limit` rows (`record` counts) or a
        row named twice.
        """
        ...

    def history(
        self, *, since: datetime | None = None, subject: str | None = None, limit: int = 1000
    ) -> Sequence[Past]:
        """What was recorded at `since` or later, newest first; `subject` is whom it is about.

        What was recorded just now may be missing from the history of a subject for a moment.
        """
        ...


class Message(Value):
    """A pointer: "look at this row". It may come twice, late, out of order, or never."""

    v: Literal[1] = 1
    kind: Literal["launch", "reap", "poke"]
    deployment: str
    id: str
    gen: int
    reason: str
    at: datetime


class CloudEvent(Value):
    """What a cloud said of one machine by itself: old news, and perhaps forged, doubled or late.

    A `notice` says that it takes the machine back at `at` (a spot interruption, a preemption, a
    maintenance that ends it), `ended` that the machine ended then. `compute` is the name by which
    resources call it, `detail` the cloud's own words.
    """

    kind: Literal["notice", "ended"]
    compute: str
    instance_id: str
    detail: str = ""
    at: datetime


class Topic(Protocol):
    def publish(self, messages: Sequence[Message]) -> None:
        """Hand the messages over, at least once each. UnavailableError when that failed."""
        ...


class Letter(Value):
    """A message that was given up after so many receives; `id` stays the same for its life."""

    id: str
    body: str
    receives: int


class DeadLetters(Protocol):
    def read(self) -> Sequence[Letter]:
        """Some of what was given up, ten at least if there are; it stays where it is."""
        ...


# --- machines --------------------------------------------------------------------------------


class Order(Value):
    """What one attempt asks a compute for; `indexes` are the rows it fills, in order.

    Any of `offering` and `also` will do; a compute that buys one kind at a time takes the first.
    """

    deployment: str
    autoscaler: str
    resource: str
    offering: str
    also: tuple[str, ...] = ()
    launch: str
    attempt: int
    indexes: tuple[int, ...]
    token: str
    queue_ids: tuple[str, ...]
    slots: int = 1
    config_hash: str = ""

    def born(
        self, position: int, instance_id: str, *, prefix: str, slots: int, at: datetime
    ) -> Machine:
        """The machine at this position, as its tags tell of it; `prefix` begins its worker's id.

        For a compute that knows its machines by itself, because no cloud keeps their tags.
        """
        type, zone, market = offering_parts(self.offering)
        return Machine(
            instance_id=instance_id,
            state="living",
            autoscaler=self.autoscaler,
            resource=self.resource,
            launch=self.launch,
            attempt=self.attempt,
            position=position,
            token=self.token,
            type=type,
            zone=zone,
            market=market,
            worker=f"{prefix}:{self.resource}:{type}:{instance_id}",
            queue_ids=self.queue_ids,
            slots=slots,
            config_hash=self.config_hash,
            launched_at=at,
        )


class Launched(Value):
    """These machines exist, by position in the order. A replay lists all, dead ones included.

    When fewer came than were asked for, `refused` says which offerings of the resource said no,
    with their words; empty means all that the order named.
    """

    machines: tuple[Machine, ...]
    refused: dict[str, str] = Field(default_factory=dict)


class Refused(Value):
    """A definite no, and whether only the operator can change it (`operator`).

    `refused`: as in Launched.
    """

    code: str
    detail: str = ""
    operator: bool = False
    refused: dict[str, str] = Field(default_factory=dict)


class Throttled(Value):
    """Not now: the same attempt again, no sooner than `after` seconds from now."""

    after: float


class Ambiguous(Value):
    """Nobody knows whether machines start. The same token and bytes again, after the claim."""

    detail: str


class Known(Value):
    """The token was used before, its machines are not told: look for them, never call again."""

    detail: str = ""


Answer = Launched | Refused | Throttled | Ambiguous | Known


class Compute(Protocol):
    """Where machines start. One object per account (and region) of a provider."""

    def render(self, order: Order) -> str:
        """The whole request as text; the same order gives the same text. Holds no secret."""
        ...

    def launch(self, order: Order, request: str) -> Answer:
        """Ask once for all machines of the order. Never raises for what the cloud says.

        Idempotent by `order.token`: a second call with the same token and request starts nothing
        new. The request is checked against the configuration first; one that does not fit it is
        Refused (operator).
        """
        ...

    def machines(self) -> Sequence[Machine]:
        """Every machine with this deployment's tag; ended ones for as long as they are known."""
        ...

    def drain(self, instance_id: str, nonce: str) -> None:
        """Ask the guard to stop the machine unless it works. An empty nonce takes it back.

        The answer is seen, not returned: the machine ends, or its worker is busy.
        """
        ...

    def terminate(self, instance_id: str) -> None:
        """End the machine, whatever it does. One that has ended or is unknown is fine."""
        ...

    def log(self, instance_id: str, *, follow: bool = False) -> Iterator[str]:
        """The machine's own words, line by line: startup, guard, agent."""
        ...

    def preflight(self) -> Sequence[Problem]:
        """What would keep machines from starting, as far as can be told without starting one."""
        ...


class Finding(Value):
    """One thing that was looked at: what was found, or which problem it has.

    `resource` is the key of the one that it is about; empty for what several share.
    """

    check: str
    verdict: Literal["ok", "warning", "error", "skipped"]
    found: str = ""
    field: str = ""
    value: str = ""
    remedy: str = ""
    resource: str = ""

    @classmethod
    def wrong(
        cls,
        check: str,
        problem: Problem,
        verdict: Literal["warning", "error"] = "error",
        *,
        resource: str = "",
    ) -> "Finding":
        return cls(
            check=check,
            verdict=verdict,
            field=problem.field,
            value=problem.value,
            remedy=problem.remedy,
            resource=resource,
        )


class Doctor(Protocol):
    """Looks at what the machines of one provider need, more closely than Compute.preflight."""

    def examine(self) -> Iterator[Finding]:
        """Everything that can be told without starting or changing anything, as it is found.

        What depends on something that is wrong is said to be skipped. Never raises for what the
        cloud says.
        """
        ...


# --- the rest --------------------------------------------------------------------------------


class Secrets(Protocol):
    def resolve(self, reference: str) -> str:
        """The secret behind `env:NAME` and the like. ConfigError names what is missing."""
        ...


class SecretStore(Protocol):
    def put(self, reference: str, value: str, *, overwrite: bool = False) -> None:
        """Keep the secret behind the reference.

        ConfigError when one is there already, unless `overwrite`; CredentialsError and
        UnavailableError as for all adapters. No error repeats the value.
        """
        ...


class Prices(Protocol):
    """What machines of one provider cost, in US dollars."""

    def on_demand(self, region: str, type: str) -> float | None:
        """For an hour of this type there; None when it is not sold there."""
        ...

    def spot(self, region: str, types: Collection[str]) -> Mapping[tuple[str, str], float]:
        """For an hour on the spot market now, by type and zone; what is not sold is left out."""
        ...


class Notifier(Protocol):
    def notify(self, notices: Sequence[Notice]) -> None:
        """Tell a person, each notice at least once. UnavailableError when that failed."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        ...


class Ids(Protocol):
    def new(self) -> str:
        """A fresh id: 26 characters, sorting by the time it was made (ULID)."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port of one deployment, filled by a host; computes by the name resources use."""

    state: State
    topic: Topic
    queues: Queues
    workers: Workers
    tasks: Tasks
    computes: Mapping[str, Compute]
    clock: Clock
    ids: Ids
    notifier: Notifier
