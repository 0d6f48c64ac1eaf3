"""What `redrive` asks of SQS: moto moves no messages, so botocore's own stub checks it."""

import pytest
from botocore.stub import Stubber

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.dead_letters import redrive
from autoscaler.errors import UnavailableError
from tests.real.aws import ACCOUNT, CREDENTIALS, REGION

ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"
URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/dead"
ASKED = {"QueueUrl": URL, "AttributeNames": ["QueueArn", "ApproximateNumberOfMessages"]}


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Clients:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    return Clients()


def held(count: int) -> dict[str, object]:
    return {"Attributes": {"QueueArn": ARN, "ApproximateNumberOfMessages": str(count)}}


def test_what_a_queue_holds_is_moved_to_where_it_came_from(clients: Clients) -> None:
    with Stubber(clients.sqs()) as sqs:
        sqs.add_response("get_queue_attributes", held(3), ASKED)
        sqs.add_response("start_message_move_task", {"TaskHandle": "t"}, {"SourceArn": ARN})
        assert redrive(clients.sqs(), [URL]) == {"dead": 3}
        sqs.assert_no_pending_responses()


def test_an_empty_queue_is_left_alone(clients: Clients) -> None:
    with Stubber(clients.sqs()) as sqs:
        sqs.add_response("get_queue_attributes", held(0), ASKED)
        assert redrive(clients.sqs(), [URL]) == {"dead": 0}


def test_a_refusal_names_what_must_be_allowed(clients: Clients) -> None:
    with Stubber(clients.sqs()) as sqs:
        sqs.add_response("get_queue_attributes", held(1), ASKED)
        sqs.add_client_error("start_message_move_task", "AccessDenied", "no", 403)
        with pytest.raises(UnavailableError, match=r"allow sqs:StartMessageMoveTask"):
            redrive(clients.sqs(), [URL])
