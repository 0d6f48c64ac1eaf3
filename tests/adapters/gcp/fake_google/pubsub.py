"""Pub/Sub in memory: topics, and subscriptions that give a message until it is acknowledged.

A subscription with an endpoint is pushed to; what it does not take is a dead letter at last.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.pubsub_v1 import types
from grpc import StatusCode

from tests.adapters.gcp.fake_google.pushing import Pushes
from tests.adapters.gcp.fake_google.refusals import RefusedError, invalid

_MOST, _LARGEST = 1000, 10_000_000
_BEGIN = 1_767_225_600_000  # 2026, in milliseconds
_Message = types.PubsubMessage.pb()
_Answer = types.PublishResponse.pb()
_Pulled = types.PullResponse.pb()
_Received = types.ReceivedMessage.pb()
Methods = Mapping[str, tuple[Callable[[Any], Any], Any]]


class FakePubsub:
    """A topic must be made before it is published to, and a subscription gets what comes later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._topics: set[str] = set()
        self._subscriptions: dict[str, Any] = {}
        self._waiting: dict[str, dict[str, Any]] = {}
        self.pushes = Pushes(self._give_up)
        self._published = 0

    @property
    def publisher(self) -> Methods:
        return {
            "CreateTopic": (self.create_topic, types.Topic.pb()),
            "Publish": (self.publish, types.PublishRequest.pb()),
        }

    @property
    def subscriber(self) -> Methods:
        return {
            "CreateSubscription": (self.create_subscription, types.Subscription.pb()),
            "Pull": (self.pull, types.PullRequest.pb()),
            "Acknowledge": (self.acknowledge, types.AcknowledgeRequest.pb()),
        }

    def create_topic(self, asked: Any) -> Any:
        with self._lock:
            self._topics.add(asked.name)
        return asked

    def create_subscription(self, asked: Any) -> Any:
        with self._lock:
            self._check_topic(asked.topic)
            self._subscriptions[asked.name] = asked
            self._waiting[asked.name] = {}
        return asked

    def publish(self, asked: Any) -> Any:
        with self._lock:
            self._check_topic(asked.topic)
            if not 0 < len(asked.messages) <= _MOST or asked.ByteSize() > _LARGEST:
                raise invalid("The request has too many messages, or none, or is too large.")
            for message in asked.messages:
                self._take(asked.topic, message)
            return _Answer(message_ids=[message.message_id for message in asked.messages])

    def pull(self, asked: Any) -> Any:
        with self._lock:
            waiting = self._waiting[asked.subscription]
            some = [*waiting.items()][: asked.max_messages]
        return _Pulled(
            received_messages=[_Received(ack_id=id_, message=message) for id_, message in some]
        )

    def acknowledge(self, asked: Any) -> Any:
        with self._lock:
            for id_ in asked.ack_ids:
                self._waiting[asked.subscription].pop(id_, None)
        return Empty()

    def _take(self, topic: str, message: Any) -> None:
        if not message.data and not message.attributes:
            raise invalid("Some messages in the request are empty.")
        self._published += 1
        message.message_id = str(self._published)
        message.publish_time.FromMilliseconds(_BEGIN + self._published)
        for name, subscription in self._subscriptions.items():
            if subscription.topic == topic and subscription.push_config.push_endpoint:
                self.pushes.push(subscription, message)
            elif subscription.topic == topic:
                self._waiting[name][message.message_id] = message

    def _give_up(self, subscription: Any, message: Any, attempts: int) -> None:
        """As a new message of the dead-letter topic, which says where it comes from."""
        project, name = subscription.name.split("/")[1::2]
        letter = _Message(data=message.data, attributes=message.attributes)
        letter.attributes["CloudPubSubDeadLetterSourceDeliveryCount"] = str(attempts)
        letter.attributes["CloudPubSubDeadLetterSourceSubscription"] = name
        letter.attributes["CloudPubSubDeadLetterSourceSubscriptionProject"] = project
        published = message.publish_time.ToJsonString()
        letter.attributes["CloudPubSubDeadLetterSourceTopicPublishTime"] = published
        with self._lock:
            self._take(subscription.dead_letter_policy.dead_letter_topic, letter)

    def _check_topic(self, name: str) -> None:
        if name not in self._topics:
            raise RefusedError(StatusCode.NOT_FOUND, f"Resource not found (resource={name}).")
