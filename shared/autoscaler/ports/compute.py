"""Where machines start: what is asked for, and what a cloud answers."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from pydantic import Field

from autoscaler.core.fleet import offering_parts
from autoscaler.core.seen import Machine
from autoscaler.core.value import Value
from autoscaler.errors import Problem


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
