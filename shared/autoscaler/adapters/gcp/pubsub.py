"""Messages over Pub/Sub: one topic for each kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from google.api_core.exceptions import NotFound
from google.pubsub_v1.services.publisher import PublisherClient

from autoscaler.adapters.gcp.failures import FAILED, failure
from autoscaler.adapters.gcp.retries import ATTEMPT, again
from autoscaler.errors import UnavailableError
from autoscaler.ports import Message

_MOST = 100  # messages of one call: far from what Pub/Sub takes at most (1,000, 10 MB)
_ROLE = "roles/pubsub.publisher"


class PubsubTopic:
    """The Topic port over the topics PREFIX-launch, PREFIX-reap and PREFIX-poke of a project.

    A filter of Pub/Sub would do with one topic, and fewer people would understand it. What is not
    answered is published again for `patience` seconds.
    """

    def __init__(
        self, client: PublisherClient, project: str, prefix: str, *, patience: float = 9.0
    ) -> None:
        self._client = client
        self._names = f"projects/{project}/topics/{prefix}-"
        self._retry = again(patience)

    def publish(self, messages: Sequence[Message]) -> None:
        """UnavailableError names how many were not taken; the others are under way."""
        lost, problems = 0, list[UnavailableError]()
        for kind, portion in _portions(messages):
            if problem := self._refusal(kind, portion):
                lost += len(portion)
                problems.append(problem)
        if problems:
            told = f"{lost} of {len(messages)} messages were not taken: {problems[0]}"
            raise type(problems[0])(told) from problems[0].__cause__

    def _refusal(self, kind: str, messages: Sequence[Message]) -> UnavailableError | None:
        """Why these were not taken."""
        topic = self._names + kind
        asked = {"topic": topic, "messages": [_written(message) for message in messages]}
        try:
            self._client.publish(request=asked, retry=self._retry, timeout=ATTEMPT)
        except FAILED as error:
            told = failure(f"pubsub:Publish {topic}", error, _ROLE)
            if isinstance(error, NotFound):
                told = UnavailableError(f"{told}: deploy it, or correct its name")
            told.__cause__ = error
            return told
        return None


def _portions(messages: Sequence[Message]) -> Iterator[tuple[str, Sequence[Message]]]:
    for kind in dict.fromkeys(message.kind for message in messages):
        those = [message for message in messages if message.kind == kind]
        for first in range(0, len(those), _MOST):
            yield kind, those[first : first + _MOST]


def _written(message: Message) -> dict[str, object]:
    return {
        "data": message.model_dump_json().encode(),
        "attributes": {"kind": message.kind, "deployment": message.deployment},
    }
