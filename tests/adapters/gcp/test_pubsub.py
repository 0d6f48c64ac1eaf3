"""Messages over Pub/Sub, as subscriptions receive them: of the fake, and of Google's emulator."""

import base64
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import grpc
import pytest
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.subscriber import SubscriberClient
from grpc import StatusCode

from autoscaler.adapters.gcp.clients import in_the_clear
from autoscaler.adapters.gcp.pubsub import PubsubTopic
from autoscaler.adapters.gcp.push import opened
from autoscaler.errors import CredentialsError, UnavailableError
from autoscaler.ports import Message
from tests.adapters.gcp.gateway import Gateway, Said
from tests.contracts.topic_contract import Arrived, TopicContract, pointer

PATIENT = 60.0
PROJECT = "lab-project"
KINDS = ("launch", "reap", "poke")
_NUMBERS = count(1)


@dataclass
class Topics:
    """The topics of a deployment, each with a subscription; `gateway` stands before them."""

    address: str
    gateway: Gateway = field(default_factory=Gateway)
    prefix: str = field(default_factory=lambda: f"lab{next(_NUMBERS)}")

    def __post_init__(self) -> None:
        self._publisher = in_the_clear(PublisherClient, self.address)
        self._subscriber = in_the_clear(SubscriberClient, self.address)
        for kind in KINDS:
            self._publisher.create_topic(request={"name": self._topic(kind)}, timeout=PATIENT)
            asked = {"name": self._subscription(kind), "topic": self._topic(kind)}
            self._subscriber.create_subscription(request=asked, timeout=PATIENT)

    def port(self, patience: float = PATIENT) -> PubsubTopic:
        model: Any = PublisherClient
        channel = self.gateway.channel(grpc.insecure_channel(self.address))
        client = model(transport=model.get_transport_class("grpc")(channel=channel))
        return PubsubTopic(client, PROJECT, self.prefix, patience=patience)

    def arrived(self, kind: str, number: int) -> list[Message]:
        """The next messages of the kind: so many, as a push would hand them over."""
        texts = [opened(pushed(each)).text for each in self.pulled(kind, number)]
        return [Message.read(text, "lab") for text in texts]

    def pulled(self, kind: str, number: int) -> list[Any]:
        """The same as they are in Pub/Sub."""
        found: dict[str, Any] = {}
        asked = {"subscription": self._subscription(kind), "max_messages": 50}
        while len(found) < number:
            received = self._subscriber.pull(request=asked, timeout=PATIENT).received_messages
            found |= {each.message.message_id: each.message for each in received}
            if ids := [each.ack_id for each in received]:
                acknowledged = {"subscription": asked["subscription"], "ack_ids": ids}
                self._subscriber.acknowledge(request=acknowledged, timeout=PATIENT)
        return [*found.values()]

    def _topic(self, kind: str) -> str:
        return f"projects/{PROJECT}/topics/{self.prefix}-{kind}"

    def _subscription(self, kind: str) -> str:
        return f"projects/{PROJECT}/subscriptions/{self.prefix}-{kind}"


def pushed(message: Any) -> dict[str, Any]:
    """What Pub/Sub would push."""
    return {
        "message": {
            "data": base64.b64encode(message.data).decode(),
            "attributes": dict(message.attributes),
            "messageId": message.message_id,
        },
        "subscription": "projects/lab-project/subscriptions/a-subscription",
    }


@pytest.fixture(params=["fake", pytest.param("emulator", marks=pytest.mark.slow)])
def topics(request: pytest.FixtureRequest) -> Topics:
    name = {"fake": "fake_address", "emulator": "pubsub_emulator"}[request.param]
    return Topics(request.getfixturevalue(name))


class Counting:
    """A topic that knows how many messages must arrive."""

    def __init__(self, topic: PubsubTopic) -> None:
        self._topic = topic
        self.published = 0

    def publish(self, messages: list[Message]) -> None:
        self._topic.publish(messages)
        self.published += len(messages)


class TestPubsubTopic(TopicContract):
    @pytest.fixture
    def topic(self, topics: Topics) -> Counting:
        return Counting(topics.port())

    @pytest.fixture
    def arrived(self, topics: Topics, topic: Counting) -> Arrived:
        return lambda: topics.arrived("launch", topic.published)


def test_each_kind_has_a_topic_of_its_own(topics: Topics) -> None:
    of_each = [pointer(kind).model_copy(update={"kind": kind}) for kind in KINDS]
    topics.port().publish([*of_each, *of_each])
    arrived = {kind: {message.kind for message in topics.arrived(kind, 2)} for kind in KINDS}
    assert arrived == {kind: {kind} for kind in KINDS}


def test_a_batch_is_as_few_calls_as_it_has_kinds(topics: Topics) -> None:
    reap = pointer().model_copy(update={"kind": "reap"})
    topics.port().publish([pointer(), reap, pointer("another"), reap])
    assert topics.gateway.heard == ["Publish", "Publish"]


def test_a_batch_that_is_larger_than_a_call_is_several(topics: Topics) -> None:
    topics.port().publish([pointer(str(number)) for number in range(230)])
    assert topics.gateway.heard == ["Publish"] * 3
    assert len({message.id for message in topics.arrived("launch", 230)}) == 230


@pytest.mark.parametrize(
    "said",
    ["lost", Said(StatusCode.UNAVAILABLE, "gone"), Said(StatusCode.ABORTED, "busy")],
    ids=str,
)
def test_what_is_not_answered_is_published_again(topics: Topics, said: Any) -> None:
    topics.gateway.script = [said]
    topics.port().publish([pointer()])
    assert pointer() in topics.arrived("launch", 1)
    assert len(topics.gateway.heard) == 2


def test_what_is_never_answered_is_unavailable(topics: Topics) -> None:
    topics.gateway.script = [Said(StatusCode.UNAVAILABLE, "nobody there")] * 99
    with pytest.raises(UnavailableError, match="1 of 1 messages were not taken: pubs") as told:
        topics.port(patience=0.05).publish([pointer()])
    assert str(told.value).endswith("-launch: ServiceUnavailable: nobody there")


def test_one_topic_that_fails_keeps_no_other_from_its_messages(topics: Topics) -> None:
    topics.gateway.script = [Said(StatusCode.INVALID_ARGUMENT, "Some messages are empty.")]
    reap = pointer().model_copy(update={"kind": "reap"})
    with pytest.raises(UnavailableError, match="2 of 3 messages were not taken"):
        topics.port().publish([pointer(), reap, pointer("another")])
    assert topics.arrived("reap", 1) == [reap]


def test_a_topic_that_does_not_exist_is_named(topics: Topics) -> None:
    topics.prefix = "missing"
    named = r"projects/lab-project/topics/missing-launch: NotFound: .*: deploy it, or correct"
    with pytest.raises(UnavailableError, match=named):
        topics.port().publish([pointer()])


def test_who_may_not_publish_hears_what_to_allow(topics: Topics) -> None:
    topics.gateway.script = [Said(StatusCode.PERMISSION_DENIED, "User not authorized.")]
    with pytest.raises(CredentialsError, match=r"grant roles/pubsub\.publisher to the account"):
        topics.port().publish([pointer()])


def test_what_a_subscription_may_filter_by_is_an_attribute(topics: Topics) -> None:
    topics.port().publish([pointer()])
    [message] = topics.pulled("launch", 1)
    assert dict(message.attributes) == {"kind": "launch", "deployment": "lab"}
