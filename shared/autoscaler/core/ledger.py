"""The rows of the state table: who may own a machine, and why everything is as it is.

Rows are flat, so that people can read them in a database console. `revision` is the revision that
was read; 0 means the row must not exist yet. A store keeps `revision + 1` when it accepts a write.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from autoscaler.core.decisions import Verdict
from autoscaler.core.fleet import OnShutdown, Preferred
from autoscaler.core.memory import Memory
from autoscaler.core.value import Value


class Ref(NamedTuple):
    """Where a row stands in the table."""

    kind: str
    key: str


class BaseRow(Value):
    kind: str
    key: str
    revision: int = 0

    @property
    def ref(self) -> Ref:
        return Ref(self.kind, self.key)


class OfResource(BaseRow):
    autoscaler: str
    resource: str

    @property
    def resource_key(self) -> str:
        return f"{self.autoscaler}/{self.resource}"


class Phase(StrEnum):
    """Where an instance is in its life; `core.lifecycle` says which moves exist."""

    REQUESTED = "REQUESTED"
    BOOTING = "BOOTING"
    UP = "UP"
    DRAINING = "DRAINING"
    TERMINATING = "TERMINATING"
    GONE = "GONE"


class Fence(BaseRow):
    """One planner at a time: every tick raises `gen`, every plan commit is conditional on it.

    `manifest` holds the keys of the rows that the last planner created ("launch/…",
    "instance/…"): its successor reads each one that its query did not show.
    `recover_until`: the table was lost while machines lived; nothing is created before.
    """

    kind: Literal["fence"] = "fence"
    gen: int = 0
    lease_owner: str = ""
    lease_until: datetime | None = None
    recover_until: datetime | None = None
    manifest: tuple[str, ...] = ()
    schema_version: int = 1


class Launch(OfResource):
    """A durable order for machines of one resource, and the write-ahead log of its cloud calls.

    `asked[a - 1]` are the row indexes that attempt `a` asked the cloud for, in order.
    `unsettled`: a call of this attempt may still land. `look_since`: when the first listing began
    that would have shown it. `refused`: each no, as "offering: code". `prefer` is asked first.
    `also`: offerings that the attempt may use as well as the `offering`.
    """

    kind: Literal["launch"] = "launch"
    compute: str
    queue: str
    queue_ids: tuple[str, ...]
    count: int
    slots: int
    state: Literal["OPEN", "CLOSED"] = "OPEN"
    attempt: int = 0
    asked: tuple[tuple[int, ...], ...] = ()
    offering: str = ""
    also: tuple[str, ...] = ()
    token: str = ""
    request_sha: str = ""
    known: bool = False
    unsettled: bool = False
    calls: int = 0
    look_since: datetime | None = None
    claim_until: datetime | None = None
    not_before: datetime | None = None
    requested_at: datetime
    deadline: datetime
    closed_at: datetime | None = None
    refused: tuple[str, ...] = ()
    prefer: Preferred = ""
    config_hash: str = ""
    gen: int = 0
    next_check: datetime | None = None
    reason: str

    def instance_key(self, index: int) -> str:
        return f"{self.key}.{index}"


class Request(BaseRow):
    """The rendered request of one attempt: a retry sends these bytes again."""

    kind: Literal["request"] = "request"
    body: str


class Instance(OfResource):
    """One machine we own, or have reserved the right to own, from REQUESTED to GONE.

    `idle_since` is None while it works; `silent_since` is set while it is UP and ClearML knows no
    worker of it, `missing_since` while its compute does not list it. At `reclaim_at` its cloud
    takes it back; at `asked_at` its guard first got the drain order. `dismissed` says who wants it
    to go once no task runs on it. `forced` ends it whatever runs on it, `requeue` at no loss to
    its tasks. `lost` may have died with it, until `settled`.

    `boot` is how long each step of its boot took, `boot_failed` what ended it, and `console` the
    last lines of such a machine, redacted. `unheard`: its console has still to be read.
    """

    kind: Literal["instance"] = "instance"
    compute: str
    launch: str
    queue: str = ""
    index: int
    phase: Phase
    reason: str
    moved_at: datetime
    attempt: int = 0
    instance_id: str = ""
    type: str = ""
    zone: str = ""
    market: str = ""
    hourly_price: float | None = None
    worker: str = ""
    slots: int = 1
    config_hash: str = ""
    protected: bool = False
    requested_at: datetime
    launched_at: datetime | None = None
    boot_deadline: datetime | None = None
    registered_at: datetime | None = None
    last_busy: datetime | None = None
    idle_since: datetime | None = None
    silent_since: datetime | None = None
    missing_since: datetime | None = None
    reclaim_at: datetime | None = None
    drain_at: datetime | None = None
    asked_at: datetime | None = None
    drain_nonce: str = ""
    drain_reason: str = ""
    forced: bool = False
    requeue: bool = False
    dismissed: str = ""
    gone_at: datetime | None = None
    queue_ids: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    settled: bool = False
    boot: tuple[str, ...] = ()
    boot_failed: str = ""
    console: tuple[str, ...] = ()
    unheard: bool = False
    next_check: datetime | None = None


class Unavailable(BaseRow):
    """An offering that said no; it is not asked again before `until`.

    `since`: when the first of the refusals was that `count` counts.
    """

    kind: Literal["unavailable"] = "unavailable"
    until: datetime
    since: datetime | None = None
    count: int
    code: str


class Breaker(BaseRow):
    """Boots of a resource that failed in a row; while open, none is started.

    `instance` is the last of them, `console` its last lines, redacted.
    """

    kind: Literal["breaker"] = "breaker"
    failures: int
    open_until: datetime | None
    reason: str
    instance: str = ""
    console: tuple[str, ...] = ()


class Repair(BaseRow):
    """A task that lost its machine, written before anything is done about it.

    `count` is how often that happened to it; `claim_until` keeps others from doing the same.
    """

    kind: Literal["repair"] = "repair"
    instance: str
    queue: str = ""
    count: int
    at: datetime
    claim_until: datetime | None
    outcome: str = ""


class Spend(BaseRow):
    """What machines that left the table cost in the hour, day and month that last.

    The key is whose money it is: "*", an autoscaler's name, or "queue:" with the queue as the
    operator wrote it. Each sum counts until its period ends; a new period begins with zero.
    """

    kind: Literal["spend"] = "spend"
    hour: float = 0.0
    hour_until: datetime | None = None
    day: float = 0.0
    day_until: datetime | None = None
    month: float = 0.0
    month_until: datetime | None = None


class Learned(Memory, BaseRow):
    """What a resource taught, of which policy `adaptive` makes its time without work."""

    kind: Literal["learned"] = "learned"

    @classmethod
    def of(cls, key: str, memory: Memory, *, revision: int) -> "Learned":
        return cls.model_validate({**dict(memory), "key": key, "revision": revision})

    @property
    def memory(self) -> Memory:
        return Memory.model_validate({name: getattr(self, name) for name in Memory.model_fields})


class Told(BaseRow):
    """A notice that people were told; kept while it lasts, and at least until `until`."""

    kind: Literal["told"] = "told"
    text: str
    at: datetime
    until: datetime | None = None


class Control(BaseRow):
    """What an operator switched off, for one autoscaler or ("*") for all."""

    kind: Literal["control"] = "control"
    scale_out: bool = True
    scale_in: bool = True
    reason: str = ""
    by: str = ""
    at: datetime


class PriceRow(BaseRow):
    """What machines of one provider cost in a region ("ec2:eu-west-1"), as looked up then.

    `hourly` is by the offering's type, zone (of spot machines only) and market.
    """

    kind: Literal["price"] = "price"
    at: datetime
    hourly: dict[str, float]


class ConfigRow(BaseRow):
    """A part of the configuration as YAML: one autoscaler, or ("*") what stands beside them.

    The row "*" names the autoscalers in their order: each of them has a row.
    """

    kind: Literal["config"] = "config"
    autoscalers: tuple[str, ...] = ()
    text: str
    by: str
    at: datetime


class QueueSeen(Value):
    """A queue, by the name or id that the operator wrote, as a tick saw it."""

    queue: str
    waiting: int
    oldest: datetime | None = None
    paused: bool = False


class DecisionRow(BaseRow):
    """The last tick of one autoscaler: what it saw, did, and did not do, and why.

    `queues` are those that exist; none is named when ClearML could not be read. `on_shutdown` is
    what the operator wanted last: it outlives the autoscaler's section in the configuration.
    """

    kind: Literal["decision"] = "decision"
    at: datetime
    gen: int
    waiting: int
    oldest: datetime | None
    idle: int
    booting: int
    busy: int
    draining: int
    live: int
    max: int | None
    on_shutdown: OnShutdown = "idle"
    queues: tuple[QueueSeen, ...] = ()
    did: tuple[Verdict, ...]
    did_not: tuple[Verdict, ...]


class Event(BaseRow):
    """One thing that happened, kept in the history: a move of a row or an act of a person."""

    kind: Literal["event"] = "event"
    at: datetime
    autoscaler: str
    subject: str
    event: str
    reason: str
    by: str


Row = Annotated[
    Fence
    | Launch
    | Request
    | Instance
    | Unavailable
    | Breaker
    | Repair
    | Spend
    | Learned
    | Told
    | Control
    | PriceRow
    | ConfigRow
    | DecisionRow
    | Event,
    Field(discriminator="kind"),
]

BESIDE = frozenset({"request", "price", "config"})
"""Kinds of rows that no plan is made of: they stand beside the live set."""

Past = Annotated[Event | Instance | Launch, Field(discriminator="kind")]
