"""Who plans, what was ordered, and each machine: what the protocol is about."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from autoscaler.core.fleet import Preferred
from autoscaler.core.ledger.base import BaseRow, OfResource


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
