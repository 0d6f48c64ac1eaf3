"""What was found out or ordered beside machines, for as long as it counts."""

from datetime import datetime
from typing import Literal

from autoscaler.core.ledger.base import BaseRow
from autoscaler.core.memory import Memory


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
