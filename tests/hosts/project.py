"""A project of Google Cloud for what is composed there: a database, topics, secrets."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from google.pubsub_v1 import types

from autoscaler.adapters.gcp.clients import Clients
from autoscaler.adapters.gcp.firestore import Database, FirestoreState
from autoscaler.core.ledger import Instance, Launch, Row
from tests.adapters.gcp.fake_google.server import FakeGoogle

PROJECT = "lab-project"
_SERVICES = ("FIRESTORE", "PUBSUB", "SECRET_MANAGER")
_PROJECTS = count(1)


class Project:
    """`prefix` names the database, and begins the topics' names."""

    def __init__(self, fake: FakeGoogle, deployment: str) -> None:
        self.fake = fake
        self.name = f"{PROJECT}-{next(_PROJECTS)}"
        self.prefix = f"clearml-autoscaler-{deployment}"
        self.state = FirestoreState(
            Clients(self.name).firestore(), Database(self.name, self.prefix), patience=60.0
        )
        for kind in ("launch", "reap", "poke", "alerts", "dead"):
            topic: Any = types.Topic.pb()(name=self._topic(kind))
            fake.pubsub.create_topic(topic)
        self._subscription("dead", "dead-letters")

    def keep(self, name: str, secret: object) -> None:
        """Texts as they are, all else as JSON."""
        text = secret if isinstance(secret, str) else json.dumps(secret)
        self.fake.secretmanager.kept[f"projects/{self.name}/secrets/{name}"] = [text.encode()]

    def subscribed(self, kind: str) -> Callable[[], Sequence[Any]]:
        """Gives what comes to the topic from now on."""
        name = self._subscription(kind, f"{kind}-watched")
        asked: Any = types.PullRequest.pb()(subscription=name, max_messages=50)
        return lambda: [each.message for each in self.fake.pubsub.pull(asked).received_messages]

    def give_up(self, kind: str, text: str) -> None:
        """As Pub/Sub does with a message of this kind that nobody could handle."""
        mark = "CloudPubSubDeadLetterSource"
        said = {
            "kind": kind,
            f"{mark}Subscription": f"{self.prefix}-{kind}",
            f"{mark}DeliveryCount": "5",
        }
        message = {"data": text.encode(), "attributes": said}
        asked: Any = types.PublishRequest.pb()(topic=self._topic("dead"), messages=[message])
        self.fake.pubsub.publish(asked)

    def _topic(self, kind: str) -> str:
        return f"projects/{self.name}/topics/{self.prefix}-{kind}"

    def _subscription(self, kind: str, name: str) -> str:
        name = f"projects/{self.name}/subscriptions/{self.prefix}-{name}"
        made: Any = types.Subscription.pb()(name=name, topic=self._topic(kind))
        self.fake.pubsub.create_subscription(made)
        return name

    def add(self, *rows: Row) -> None:
        self.state.commit(put=rows)

    def instances(self) -> list[Instance]:
        return [row for row in self.state.live() if isinstance(row, Instance)]

    def instance(self) -> Instance:
        (row,) = self.instances()
        return row

    def launch(self) -> Launch:
        (row,) = [row for row in self.state.live() if isinstance(row, Launch)]
        return row


@contextmanager
def project(monkeypatch: pytest.MonkeyPatch, deployment: str = "lab") -> Iterator[Project]:
    """Google's clients find nothing but the fake; the environment says which project it is."""
    fake = FakeGoogle()
    with fake.serve() as address:
        for service in _SERVICES:
            monkeypatch.setenv(f"{service}_EMULATOR_HOST", address)
        made = Project(fake, deployment)
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", made.name)
        yield made
