"""A deployment in a project of fakes, whose functions are called as Google calls them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.pubsub_v1 import types

from autoscaler.adapters.gcp.clients import in_the_clear
from autoscaler.adapters.gcp.compute_engine.access import ENDPOINT
from autoscaler.adapters.gcp.firestore import Database, FirestoreState
from autoscaler.adapters.gcp.push import opened
from autoscaler.adapters.gcp.rest import NO_LOGIN
from autoscaler.adapters.local.system import SystemClock
from autoscaler.core.ledger import Instance
from autoscaler.world.clearml.users import Credentials
from autoscaler.world.server import StandIn
from tests.adapters.gcp.compute_engine.fake import Cloud, FakeCompute
from tests.adapters.gcp.fake_google.pushing import envelope
from tests.adapters.gcp.fake_google.server import FakeGoogle
from tests.contracts.topic_contract import pointer
from tests.real.functions_framework import Served

PROJECT: Final = "lab-project"
PREFIX: Final = "clearml-autoscaler-lab"
EVERY_MINUTE: Final[dict[str, Any]] = {}
_TOPICS = ("poke", "launch", "reap", "events", "alerts", "dead")


@dataclass
class Lab:
    """`environment` is what every function gets. Its topics keep what nobody was pushed."""

    google: FakeGoogle
    compute: FakeCompute
    clearml: StandIn
    folder: Path
    environment: dict[str, str]
    _opened: ExitStack = field(default_factory=ExitStack)

    def start(self, name: str, **changes: str) -> Served:
        """A function, until the lab is closed."""
        environment = self.environment | changes
        return self._opened.enter_context(Served(name, environment, self.folder))

    def close(self) -> None:
        self._opened.close()

    @property
    def cloud(self) -> Cloud:
        return self.compute.cloud(PROJECT)

    @property
    def state(self) -> FirestoreState:
        client = in_the_clear(FirestoreClient, self.environment["FIRESTORE_EMULATOR_HOST"])
        return FirestoreState(client, Database(PROJECT, PREFIX))

    def instances(self) -> list[Instance]:
        return [row for row in self.state.live() if isinstance(row, Instance)]

    def enqueue(self, tasks: int = 1) -> list[str]:
        world = self.clearml.world
        with self.clearml.lock:
            ids = [world.tasks.create("work").id for _ in range(tasks)]
            for task in ids:
                world.tasks.enqueue(task, world.queues.default().id)
        return ids

    def store_login(self, **changes: str) -> None:
        """As JSON with the server that it is for."""
        login = {"api_server": self.clearml.url, "access_key": "key", "secret_key": "secret"}
        kept = json.dumps(login | changes).encode()
        self.google.secretmanager.kept[f"projects/{PROJECT}/secrets/clearml"] = [kept]

    def taken(self, name: str) -> list[dict[str, Any]]:
        """All that was published to a topic since the last look, as it would be pushed."""
        kept = types.Subscription.pb()(name=_subscription(name), topic=_topic(name))
        asked = types.PullRequest.pb()(subscription=kept.name, max_messages=100)
        received = self.google.pubsub.pull(asked).received_messages
        ids = [each.ack_id for each in received]
        acknowledged = types.AcknowledgeRequest.pb()(subscription=kept.name, ack_ids=ids)
        self.google.pubsub.acknowledge(acknowledged)
        return [envelope(kept, each.message, 1) for each in received]

    def mail(self) -> list[str]:
        """What people were told."""
        return [json.loads(opened(each).text)["text"] for each in self.taken("alerts")]


def message(text: str, **attributes: str) -> dict[str, Any]:
    """An envelope around any text."""
    made = types.PubsubMessage.pb()(data=text.encode(), attributes=attributes, message_id="17")
    return envelope(types.Subscription.pb()(name=_subscription("any")), made, 1)


def poke() -> dict[str, Any]:
    return message(pointer().model_copy(update={"kind": "poke"}).model_dump_json())


def reap(key: str) -> dict[str, Any]:
    return message(pointer(key).model_copy(update={"kind": "reap"}).model_dump_json())


def ended(instance: str) -> dict[str, Any]:
    """What the log sink publishes when a machine has powered itself off."""
    entry = {
        "protoPayload": {
            "serviceName": "compute.googleapis.com",
            "methodName": "compute.instances.guestTerminate",
            "resourceName": f"projects/{PROJECT}/zones/europe-west4-a/instances/{instance}",
        },
        "timestamp": "2026-01-01T12:00:00Z",
        "operation": {"last": True},
    }
    return message(json.dumps(entry))


@contextmanager
def lab(folder: Path, *, listens: bool = False) -> Iterator[Lab]:
    """`listens`: what Google is asked is kept."""
    google = FakeGoogle(listens=listens)
    with (
        google.serve() as address,
        FakeCompute(SystemClock().now) as compute,
        StandIn(credentials=Credentials("key", "secret")) as clearml,
    ):
        clearml.world.queues.default()
        for name in _TOPICS:
            google.pubsub.create_topic(types.Topic.pb()(name=_topic(name)))
            kept = types.Subscription.pb()(name=_subscription(name), topic=_topic(name))
            google.pubsub.create_subscription(kept)
        compute.cloud(PROJECT).takes = timedelta(0)
        config = folder / "autoscaler.json"
        config.write_text(json.dumps(configuration(clearml.url)))
        environment = {
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "DATABASE": PREFIX,
            "PREFIX": PREFIX,
            "ALERTS": f"{PREFIX}-alerts",
            "CONFIG": str(config),
            "FIRESTORE_EMULATOR_HOST": address,
            "PUBSUB_EMULATOR_HOST": address,
            "SECRET_MANAGER_EMULATOR_HOST": address,
            ENDPOINT: compute.url,
            NO_LOGIN: "true",
        }
        made = Lab(google, compute, clearml, folder, environment)
        made.store_login()
        try:
            yield made
        finally:
            made.close()
        assert compute.mistakes == []


def configuration(api: str, **resource: object) -> dict[str, Any]:
    machines = {"name": "cpu", "queues": ["default"], "max_instances": 2, "cpu_only": True}
    bought = {"provider": "gce", "types": ["n2-standard-4"], "zones": ["europe-west4-a"]}
    image = {"machine_image": "images/family/clearml-cpu"}
    return {
        "deployment": "lab",
        "clearml": {
            "api": api,
            "access_key": "gcp-secret:clearml#access_key",
            "secret_key": "gcp-secret:clearml#secret_key",
        },
        "autoscalers": [
            {"name": "team", "resources": [{**machines, **bought, **image, **resource}]}
        ],
    }


def _topic(name: str) -> str:
    return f"projects/{PROJECT}/topics/{PREFIX}-{name}"


def _subscription(name: str) -> str:
    return f"projects/{PROJECT}/subscriptions/{PREFIX}-{name}-kept"
