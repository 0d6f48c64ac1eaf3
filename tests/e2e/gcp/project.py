"""A project of Google Cloud on this computer: topics, subscriptions, functions, a schedule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any, Final

from google.pubsub_v1 import types

from autoscaler.adapters.gcp.clients import in_the_clear
from autoscaler.adapters.gcp.firestore import Database, FirestoreState
from tests.adapters.gcp.fake_google.server import FakeGoogle
from tests.real.functions_framework import FUNCTIONS, Served

PROJECT: Final = "a-project"
PREFIX: Final = "clearml-autoscaler-lab"
ATTEMPTS: Final = 5
_TOPICS = ("poke", "launch", "reap", "events", "alerts", "dead")
_PUSHES = {"poke": "poller", "launch": "launcher", "reap": "reaper", "events": "watcher"}
_DEADLINES = {"poke": 120, "launch": 100, "reap": 70, "events": 40, "dead": 40}
_BACKOFF = {"minimum_backoff": {"seconds": 1}, "maximum_backoff": {"seconds": 2}}
_MINUTE = 10.0


class Project:
    """As infra/gcp makes it, but for its times: a minute has ten seconds, a backoff one or two."""

    def __init__(self, google: FakeGoogle, functions: Mapping[str, Served], address: str) -> None:
        self.google, self.functions = google, functions
        self._address = address
        for name in _TOPICS:
            google.pubsub.create_topic(types.Topic.pb()(name=topic(name)))
        for kind, function in _PUSHES.items():
            self._pushed(kind, function, dead_letters=True)
        self._pushed("dead", "watcher", dead_letters=False)
        for name in ("alerts", "dead"):
            self._pulled(f"{name}-kept", name)
        self._pulled("launch-heard", "launch")

    @property
    def state(self) -> FirestoreState:
        from google.cloud.firestore_v1.services.firestore import FirestoreClient  # noqa: PLC0415

        client = in_the_clear(FirestoreClient, self._address)
        return FirestoreState(client, Database(PROJECT, PREFIX))

    @contextmanager
    def scheduled(self) -> Iterator[None]:
        """The schedule calls the poller; the first time it does so twice, as it may."""
        stop, poller = Event(), self.functions["poller"]
        threads = [Thread(target=poller.post, args=({},))]

        def run() -> None:
            while not stop.is_set():
                due = monotonic() + _MINUTE
                poller.post({})
                stop.wait(max(0.0, due - monotonic()))

        threads.append(Thread(target=run))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def publish(self, name: str, data: str) -> None:
        message = types.PubsubMessage.pb()(data=data.encode())
        self.google.pubsub.publish(
            types.PublishRequest.pb()(topic=topic(name), messages=[message])
        )

    def tell(self, entry: Mapping[str, Any]) -> None:
        """As the log sink does."""
        self.publish("events", json.dumps(entry))

    def kept(self, name: str) -> Sequence[str]:
        """What waits in a pull subscription."""
        asked = types.PullRequest.pb()(subscription=subscription(name), max_messages=100)
        pulled = self.google.pubsub.pull(asked).received_messages
        return [each.message.data.decode() for each in pulled]

    def told(self, function: str, message: str) -> list[dict[str, Any]]:
        """What a function has logged under these words."""
        return [each for each in self.functions[function].entries if each["message"] == message]

    def _pushed(self, name: str, function: str, *, dead_letters: bool) -> None:
        policy = {"dead_letter_topic": topic("dead"), "max_delivery_attempts": ATTEMPTS}
        account = f"{PREFIX}-push@{PROJECT}.iam.gserviceaccount.com"
        asked: dict[str, Any] = {
            "name": subscription(name),
            "topic": topic(name),
            "ack_deadline_seconds": _DEADLINES[name],
            "push_config": {
                "push_endpoint": self.functions[function].url,
                "oidc_token": {"service_account_email": account},
            },
            "retry_policy": _BACKOFF,
            **({"dead_letter_policy": policy} if dead_letters else {}),
        }
        self.google.pubsub.create_subscription(types.Subscription.pb(types.Subscription(asked)))

    def _pulled(self, name: str, of: str) -> None:
        asked = types.Subscription.pb()(name=subscription(name), topic=topic(of))
        self.google.pubsub.create_subscription(asked)


def topic(name: str) -> str:
    return f"projects/{PROJECT}/topics/{PREFIX}-{name}"


def subscription(name: str) -> str:
    return f"projects/{PROJECT}/subscriptions/{PREFIX}-{name}"


@contextmanager
def project(
    folder: Path, google: FakeGoogle, source: Path, elsewhere: Mapping[str, str]
) -> Iterator[Project]:
    """`source`: the deployed folder's main.py. `elsewhere`: where else functions find Google."""
    with ExitStack() as opened:
        address = opened.enter_context(google.serve())
        environment = {
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "DATABASE": PREFIX,
            "PREFIX": PREFIX,
            "ALERTS": f"{PREFIX}-alerts",
            "FIRESTORE_EMULATOR_HOST": address,
            "PUBSUB_EMULATOR_HOST": address,
            "SECRET_MANAGER_EMULATOR_HOST": address,
            **elsewhere,
        }
        functions = {
            name: opened.enter_context(Served(name, environment, folder, source))
            for name in FUNCTIONS
        }
        yield Project(google, functions, address)
