"""Notices as subscriptions of the topic of alerts receive them."""

import json
from dataclasses import dataclass, field
from itertools import count

import pytest
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.subscriber import SubscriberClient

from autoscaler.adapters.gcp.clients import in_the_clear
from autoscaler.adapters.gcp.notify import PubsubNotifier
from autoscaler.errors import UnavailableError
from autoscaler.ports import Notifier
from tests.contracts.notifier_contract import NotifierContract, Told, notice

PATIENT = 60.0
_NUMBERS = count(1)


@dataclass
class Alerts:
    """A topic with a subscription."""

    address: str
    topic: str = field(
        default_factory=lambda: f"projects/lab-project/topics/alerts{next(_NUMBERS)}"
    )

    def __post_init__(self) -> None:
        self._client = in_the_clear(PublisherClient, self.address)
        self._subscriber = in_the_clear(SubscriberClient, self.address)
        self._client.create_topic(request={"name": self.topic}, timeout=PATIENT)
        asked = {"name": self._subscription, "topic": self.topic}
        self._subscriber.create_subscription(request=asked, timeout=PATIENT)

    def notifier(self, topic: str = "") -> PubsubNotifier:
        return PubsubNotifier(self._client, topic or self.topic, "lab", patience=PATIENT)

    def received(self) -> list[tuple[str, dict[str, str]]]:
        """Of each message its data and its attributes."""
        asked = {
            "subscription": self._subscription,
            "max_messages": 10,
        }
        found = self._subscriber.pull(request=asked, timeout=PATIENT).received_messages
        return [(each.message.data.decode(), dict(each.message.attributes)) for each in found]

    @property
    def _subscription(self) -> str:
        return self.topic.replace("/topics/", "/subscriptions/")


@pytest.fixture
def alerts(fake_address: str) -> Alerts:
    return Alerts(fake_address)


class TestPubsubNotifier(NotifierContract):
    @pytest.fixture
    def notifier(self, alerts: Alerts) -> Notifier:
        return alerts.notifier()

    @pytest.fixture
    def told(self, alerts: Alerts) -> Told:
        return lambda: [json.loads(data)["text"] for data, _ in alerts.received()]

    @pytest.fixture
    def broken(self, alerts: Alerts) -> Notifier:
        return alerts.notifier("projects/lab-project/topics/gone")


def test_all_notices_of_a_tick_are_one_message_that_a_chat_can_show(alerts: Alerts) -> None:
    alerts.notifier().notify([notice(), notice("budget", "80 % is spent")])
    ((data, attributes),) = alerts.received()
    assert json.loads(data) == {
        "text": "lab: the last 3 boots of team/gpu failed\nlab: 80 % is spent"
    }
    assert attributes == {"kinds": "breaker,budget", "deployment": "lab"}


def test_a_topic_that_is_gone_is_told_by_name(alerts: Alerts) -> None:
    gone = "projects/lab-project/topics/gone"
    with pytest.raises(UnavailableError, match=f"pubsub:Publish {gone}"):
        alerts.notifier(gone).notify([notice()])
