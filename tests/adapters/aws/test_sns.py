"""Messages over SNS, as queues behind filter policies receive them."""

import json
from collections.abc import Callable

import pytest
from botocore.stub import Stubber

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.sns import SnsTopic
from autoscaler.errors import CredentialsError, UnavailableError
from autoscaler.ports import Message
from tests.contracts.topic_contract import Arrived, TopicContract, pointer

Subscribe = Callable[[dict[str, list[str]]], Callable[[], list[Message]]]


@pytest.fixture
def arn(clients: Clients) -> str:
    return clients.sns().create_topic(Name="messages")["TopicArn"]


@pytest.fixture
def topic(clients: Clients, arn: str) -> SnsTopic:
    return SnsTopic(clients.sns(), arn)


@pytest.fixture
def subscribe(clients: Clients, arn: str) -> Subscribe:
    """A queue behind a filter policy; the answer takes all that has arrived in it."""

    def subscribed(policy: dict[str, list[str]]) -> Callable[[], list[Message]]:
        name = "-".join(policy.get("kind", ["all"]))
        url = clients.sqs().create_queue(QueueName=name)["QueueUrl"]
        clients.sns().subscribe(
            TopicArn=arn,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:eu-central-1:123456789012:{name}",
            Attributes={"RawMessageDelivery": "true", "FilterPolicy": json.dumps(policy)},
        )

        def arrived() -> list[Message]:
            found: list[Message] = []
            asked = {"QueueUrl": url, "MaxNumberOfMessages": 10}
            while records := clients.sqs().receive_message(**asked).get("Messages"):  # type: ignore[arg-type]
                found += [Message.read(record["Body"], "lab") for record in records]
            return found

        return arrived

    return subscribed


class TestSnsTopic(TopicContract):
    @pytest.fixture
    def topic(self, clients: Clients, arn: str) -> SnsTopic:
        return SnsTopic(clients.sns(), arn)

    @pytest.fixture(autouse=True)
    def arrived(self, subscribe: Subscribe) -> Arrived:
        return subscribe({"deployment": ["lab"]})


def test_a_queue_gets_the_kinds_that_its_filter_asks_for(
    topic: SnsTopic, subscribe: Subscribe
) -> None:
    launches, reaps = subscribe({"kind": ["launch"]}), subscribe({"kind": ["reap"]})
    reap = pointer().model_copy(update={"kind": "reap"})
    topic.publish([pointer(), reap])
    assert (launches(), reaps()) == ([pointer()], [reap])


def test_a_queue_gets_nothing_of_another_deployment(topic: SnsTopic, subscribe: Subscribe) -> None:
    arrived = subscribe({"deployment": ["lab"]})
    topic.publish([pointer().model_copy(update={"deployment": "other"})])
    assert not arrived()


def test_a_part_that_is_not_taken_is_told_and_the_rest_is_published_all_the_same(
    clients: Clients, arn: str, topic: SnsTopic
) -> None:
    messages = [pointer(str(number)) for number in range(12)]
    full: dict[str, object] = {
        "Successful": [{"Id": "0", "MessageId": "m"}],
        "Failed": [{"Id": "1", "Code": "InternalError", "SenderFault": False}],
    }
    with Stubber(clients.sns()) as said:
        said.add_response("publish_batch", full)
        said.add_response("publish_batch", {"Successful": [], "Failed": []})
        with pytest.raises(UnavailableError, match="1 of 12 messages were not taken") as caught:
            topic.publish(messages)
        said.assert_no_pending_responses()
    assert arn in str(caught.value)


def test_a_topic_that_does_not_exist_is_named(clients: Clients) -> None:
    missing = "arn:aws:sns:eu-central-1:123456789012:missing"
    with pytest.raises(UnavailableError, match=f"{missing}: NotFound"):
        SnsTopic(clients.sns(), missing).publish([pointer()])


def test_who_may_not_publish_hears_what_to_allow(clients: Clients, topic: SnsTopic) -> None:
    with Stubber(clients.sns()) as said:
        said.add_client_error("publish_batch", "AuthorizationError", "not authorized")
        with pytest.raises(CredentialsError, match="allow sns:Publish"):
            topic.publish([pointer()])
