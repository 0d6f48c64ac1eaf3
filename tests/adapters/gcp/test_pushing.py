"""Pushes of Pub/Sub, which the functions live on: of the fake, and of Google's emulator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Condition, Thread
from typing import Any

import pytest
from google.pubsub_v1 import types
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.subscriber import SubscriberClient

from autoscaler.adapters.gcp.clients import in_the_clear
from tests.adapters.gcp.fake_google.pushing import backoff

PROJECT = "projects/lab-project"
PATIENT = 60.0
_NUMBERS = count(1)


class Receiver(ThreadingHTTPServer):
    """Answers its first pushes with these statuses, and all others with the last of them."""

    daemon_threads = True

    def __init__(self, statuses: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._statuses = statuses
        self._came = Condition()
        self.pushed: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/push"

    def take(self, body: dict[str, Any]) -> int:
        with self._came:
            self.pushed.append(body)
            self._came.notify_all()
            return self._statuses[min(len(self.pushed), len(self._statuses)) - 1]

    def wait(self, number: int) -> list[dict[str, Any]]:
        """Until so many have come."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.pushed) >= number, PATIENT)
            return [*self.pushed]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.server.take(body))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiver(*statuses: int) -> Iterator[Receiver]:
    with Receiver(list(statuses)) as made:
        Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.shutdown()


@dataclass
class Topics:
    """A topic, and another for dead letters, which a pull subscription keeps."""

    address: str
    name: str = field(default_factory=lambda: f"push{next(_NUMBERS)}")

    def __post_init__(self) -> None:
        self._publisher = in_the_clear(PublisherClient, self.address)
        self._subscriber = in_the_clear(SubscriberClient, self.address)
        for topic in (self.topic, self.dead):
            self._publisher.create_topic(request={"name": topic}, timeout=PATIENT)
        self._subscribe(self._kept, {"topic": self.dead})

    @property
    def topic(self) -> str:
        return f"{PROJECT}/topics/{self.name}"

    @property
    def dead(self) -> str:
        return f"{PROJECT}/topics/{self.name}-dead"

    @property
    def subscription(self) -> str:
        return f"{PROJECT}/subscriptions/{self.name}"

    def push_to(self, endpoint: str, **more: Any) -> None:
        pushed = {"push_config": {"push_endpoint": endpoint}, "ack_deadline_seconds": 600}
        self._subscribe(self.subscription, {"topic": self.topic, **pushed, **more})

    def publish(self, data: bytes, **attributes: str) -> None:
        message = {"data": data, "attributes": attributes}
        asked = {"topic": self.topic, "messages": [message]}
        self._publisher.publish(request=asked, timeout=PATIENT)

    def dead_letters(self) -> list[Any]:
        """Waited for."""
        asked = {"subscription": self._kept, "max_messages": 10}
        while True:  # whatever does not come is ended by the test's own timeout
            received = self._subscriber.pull(request=asked, timeout=PATIENT).received_messages
            if received:
                return [each.message for each in received]

    @property
    def _kept(self) -> str:
        return f"{self.subscription}-kept"

    def _subscribe(self, name: str, asked: dict[str, Any]) -> None:
        self._subscriber.create_subscription(request={"name": name, **asked}, timeout=PATIENT)


@pytest.fixture(params=["fake", pytest.param("emulator", marks=pytest.mark.slow)])
def topics(request: pytest.FixtureRequest) -> Topics:
    name = {"fake": "fake_address", "emulator": "pubsub_emulator"}[request.param]
    return Topics(request.getfixturevalue(name))


def test_a_message_is_pushed_in_an_envelope(topics: Topics) -> None:
    with receiver(204) as here:
        topics.push_to(here.url)
        topics.publish(b"hello", kind="launch")
        (pushed,) = here.wait(1)
    message = pushed["message"]
    assert (message["data"], message["attributes"]) == ("aGVsbG8=", {"kind": "launch"})
    assert message["messageId"] == message["message_id"]
    assert message["publishTime"] == message["publish_time"]
    assert pushed["subscription"] == topics.subscription


def test_what_is_not_taken_is_pushed_again_until_it_is(topics: Topics) -> None:
    with receiver(500, 404, 204) as here:
        topics.push_to(here.url)
        topics.publish(b"hello")
        pushed = here.wait(3)
        topics.publish(b"another")
        another = here.wait(4)[3]
    assert {each["message"]["messageId"] for each in pushed} != {another["message"]["messageId"]}
    assert [each["message"]["data"] for each in pushed] == ["aGVsbG8="] * 3


def test_after_its_attempts_a_message_is_a_dead_letter_that_says_where_it_was(
    topics: Topics,
) -> None:
    policy = {"dead_letter_topic": topics.dead, "max_delivery_attempts": 5}
    with receiver(500) as here:
        topics.push_to(here.url, dead_letter_policy=policy)
        topics.publish(b"poison", kind="launch")
        (letter,) = topics.dead_letters()
        assert len(here.pushed) == 5
    prefix = "CloudPubSubDeadLetterSource"
    told = dict(letter.attributes)
    assert told.pop(f"{prefix}TopicPublishTime").endswith("Z")
    assert (letter.data, told) == (
        b"poison",
        {
            "kind": "launch",
            f"{prefix}DeliveryCount": "5",
            f"{prefix}Subscription": topics.name,
            f"{prefix}SubscriptionProject": "lab-project",
        },
    )


def test_the_fake_counts_attempts_as_google_documents_it_and_the_emulator_does_not(
    fake_address: str,
) -> None:
    topics = Topics(fake_address)
    policy = {"dead_letter_topic": topics.dead, "max_delivery_attempts": 5}
    with receiver(500, 500, 204) as here:
        topics.push_to(here.url, dead_letter_policy=policy)
        topics.publish(b"hello")
        assert [each["deliveryAttempt"] for each in here.wait(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [
        pytest.param(1, 10, id="the least after the first"),
        pytest.param(2, 20, id="twice as long after the second"),
        pytest.param(4, 80, id="and so on"),
        pytest.param(9, 600, id="the most at last"),
    ],
)
def test_the_fake_waits_longer_with_each_attempt(attempts: int, seconds: float) -> None:
    policy = {"minimum_backoff": {"seconds": 10}, "maximum_backoff": {"seconds": 600}}
    subscription = types.Subscription.pb(types.Subscription({"retry_policy": policy}))
    assert backoff(subscription, attempts) == seconds
