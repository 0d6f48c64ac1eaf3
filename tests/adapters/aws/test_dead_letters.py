"""What was given up is seen, and stays where it is."""

import json

import pytest

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.dead_letters import DeadLetterQueues
from autoscaler.errors import UnavailableError


def given_up(clients: Clients, *bodies: str) -> str:
    """The URL of a dead-letter queue with these messages, each received twice before."""
    sqs = clients.sqs()
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    policy = {
        "maxReceiveCount": "2",
        "deadLetterTargetArn": "arn:aws:sqs:eu-central-1:123456789012:dead",
    }
    redrive = json.dumps(policy)
    url = sqs.create_queue(QueueName="work", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    for _ in range(3):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return dead


def test_a_look_takes_nothing_away(clients: Clients) -> None:
    queues = DeadLetterQueues(clients.sqs(), [given_up(clients, "one", "two")])
    first, second = queues.read(), queues.read()
    assert {letter.body for letter in first} == {"one", "two"}
    assert {letter.id for letter in first} == {letter.id for letter in second}


def test_a_letter_tells_how_often_it_was_tried(clients: Clients) -> None:
    queues = DeadLetterQueues(clients.sqs(), [given_up(clients, "one")])
    (letter,) = queues.read()
    assert letter.receives >= 2


def test_no_queues_have_no_letters(clients: Clients) -> None:
    assert not DeadLetterQueues(clients.sqs(), []).read()


def test_a_queue_that_cannot_be_read_is_named(clients: Clients) -> None:
    url = "https://sqs.eu-central-1.amazonaws.com/123456789012/none"
    with pytest.raises(UnavailableError, match=f"{url}: .*NonExistentQueue"):
        DeadLetterQueues(clients.sqs(), [url]).read()
