"""Notices as people get them: by e-mail, and in a chat."""

import json
from typing import Any

import pytest

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.notify import SnsNotifier
from autoscaler.errors import UnavailableError
from autoscaler.ports import Notifier
from tests.contracts.notifier_contract import NotifierContract, Told, notice


@pytest.fixture
def arn(clients: Clients) -> str:
    return clients.sns().create_topic(Name="alerts")["TopicArn"]


@pytest.fixture
def notifier(clients: Clients, arn: str) -> SnsNotifier:
    return SnsNotifier(clients.sns(), arn, "lab")


def subscribed(clients: Clients, arn: str) -> Any:
    url = clients.sqs().create_queue(QueueName="mail")["QueueUrl"]
    endpoint = "arn:aws:sqs:eu-central-1:123456789012:mail"
    clients.sns().subscribe(TopicArn=arn, Protocol="sqs", Endpoint=endpoint)

    def received() -> list[dict[str, Any]]:
        found = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [json.loads(each["Body"]) for each in found.get("Messages", [])]

    return received


class TestSnsNotifier(NotifierContract):
    @pytest.fixture
    def notifier(self, clients: Clients, arn: str) -> Notifier:
        return SnsNotifier(clients.sns(), arn, "lab")

    @pytest.fixture
    def told(self, clients: Clients, arn: str) -> Told:
        received = subscribed(clients, arn)
        return lambda: [mail["Message"] for mail in received()]

    @pytest.fixture
    def broken(self, clients: Clients) -> Notifier:
        gone = "arn:aws:sns:eu-central-1:123456789012:gone"
        return SnsNotifier(clients.sns(), gone, "lab")


def test_all_notices_of_a_tick_are_one_message_of_plain_text(
    clients: Clients, arn: str, notifier: SnsNotifier
) -> None:
    received = subscribed(clients, arn)
    notifier.notify([notice(), notice("budget", "80 % is spent: größer")])
    (mail,) = received()
    assert mail["Subject"] == "ClearML autoscaler lab: breaker, budget"
    assert mail["Message"].splitlines() == [
        "2026-01-01 12:30 UTC  the last 3 boots of team/gpu failed",
        "2026-01-01 12:30 UTC  80 % is spent: größer",
    ]


def test_a_flood_is_cut_so_that_it_fits(clients: Clients, arn: str, notifier: SnsNotifier) -> None:
    received = subscribed(clients, arn)
    notifier.notify([notice(text=f"{number} {'x' * 20_000}") for number in range(50)])
    (mail,) = received()
    *lines, last = mail["Message"].splitlines()
    assert (len(lines), last) == (20, "and 30 notices more")
    assert {len(line) for line in lines} == {1022}


def test_a_long_name_does_not_make_a_subject_that_sns_refuses(clients: Clients, arn: str) -> None:
    received = subscribed(clients, arn)
    SnsNotifier(clients.sns(), arn, "d" * 200).notify([notice()])
    assert len(received()[0]["Subject"]) == 99


def test_a_topic_that_is_gone_is_told_by_name(clients: Clients) -> None:
    gone = "arn:aws:sns:eu-central-1:123456789012:gone"
    with pytest.raises(UnavailableError, match=gone):
        SnsNotifier(clients.sns(), gone, "lab").notify([notice()])


def test_a_chat_gets_what_it_can_show(clients: Clients, notifier: SnsNotifier) -> None:
    sent: list[str] = []
    clients.sns().meta.events.register(
        "provide-client-params.sns.Publish", lambda params, **_: sent.append(params["Message"])
    )
    notifier.notify([notice()])
    chat = json.loads(json.loads(sent[0])["https"])
    assert (chat["version"], chat["source"]) == ("1.0", "custom")
    assert chat["content"]["title"] == "ClearML autoscaler lab: breaker"
    assert "the last 3 boots" in chat["content"]["description"]
