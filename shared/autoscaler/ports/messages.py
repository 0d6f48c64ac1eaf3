"""What wakes a function: messages of the topic, news of a cloud, what was given up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol, Self

from pydantic import ValidationError

from autoscaler.core.value import Value
from autoscaler.errors import PoisonError


class Message(Value):
    """A pointer: "look at this row". It may come twice, late, out of order, or never."""

    v: Literal[1] = 1
    kind: Literal["launch", "reap", "poke"]
    deployment: str
    id: str
    gen: int
    reason: str
    at: datetime

    @classmethod
    def read(cls, text: str, deployment: str) -> Self:
        """PoisonError for what no version of ours has published to this deployment."""
        try:
            message = cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "message"
            raise PoisonError(f"{where}: {first['msg']}") from None
        if message.deployment != deployment:
            raise PoisonError(f"deployment: it is for {message.deployment}, not for {deployment}")
        return message


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
