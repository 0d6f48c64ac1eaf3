"""The adapters ask, and the fakes answer, what Google's descriptions of its services allow."""

from collections.abc import Iterator, Mapping

import pytest
from google.cloud.firestore_v1.types import CommitRequest, CommitResponse
from google.cloud.secretmanager_v1.services.secret_manager_service import (
    SecretManagerServiceClient,
)
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.subscriber import SubscriberClient

from autoscaler.adapters.gcp.clients import in_the_clear
from autoscaler.adapters.gcp.firestore import Database
from autoscaler.adapters.gcp.pubsub import PubsubTopic
from autoscaler.adapters.gcp.secrets import GcpSecrets
from autoscaler.adapters.local.system import EnvSecrets
from autoscaler.core.ledger import Row
from tests.adapters.gcp.described import problems
from tests.adapters.gcp.fake_google.server import FakeGoogle
from tests.adapters.gcp.firestore.opened import opened
from tests.adapters.gcp.firestore.test_documents import DECISION
from tests.contracts.state_rows import AT, config, event, fence, instance, launch, prices, request
from tests.contracts.topic_contract import pointer

METHODS: Mapping[str, tuple[str, str]] = {
    "BatchGetDocuments": ("firestore.v1", "projects.databases.documents.batchGet"),
    "Commit": ("firestore.v1", "projects.databases.documents.commit"),
    "RunQuery": ("firestore.v1", "projects.databases.documents.runQuery"),
    "CreateTopic": ("pubsub.v1", "projects.topics.create"),
    "Publish": ("pubsub.v1", "projects.topics.publish"),
    "CreateSubscription": ("pubsub.v1", "projects.subscriptions.create"),
    "Pull": ("pubsub.v1", "projects.subscriptions.pull"),
    "Acknowledge": ("pubsub.v1", "projects.subscriptions.acknowledge"),
    "AccessSecretVersion": ("secretmanager.v1", "projects.secrets.versions.access"),
}


@pytest.fixture
def recorded() -> Iterator[tuple[FakeGoogle, str]]:
    """A Google Cloud that notes what it hears and says."""
    google = FakeGoogle(listens=True)
    with google.serve() as address:
        yield google, address


def test_every_call_is_described(recorded: tuple[FakeGoogle, str]) -> None:
    google, address = recorded
    _keep(address)
    _publish(address)
    _read_a_secret(google, address)
    assert {name for name, _, _ in google.heard} == {*METHODS}
    for name, asked, answers in google.heard:
        assert [*problems(*METHODS[name], asked, answers)] == []


def test_a_call_that_is_not_described_is_noticed() -> None:
    """Here: a field that its message does not have, and one of another type."""
    commit, done = CommitRequest.pb(), CommitResponse.pb()
    sent = commit(database="d", writes=[{"delete": "n", "current_document": {"exists": True}}])
    assert [*problems(*METHODS["Commit"], sent, [done()])] == []
    asked, answered = problems(*METHODS["Publish"], sent, [done(commit_time={"seconds": 1})])
    assert "('database', 'writes' were unexpected)" in asked
    assert "('commitTime' was unexpected)" in answered


def _keep(address: str) -> None:
    state = opened(address, Database("lab", "described"))
    rows: list[Row] = [fence(), launch(), instance(), request(), prices(), config(), DECISION]
    state.commit(put=rows, record=[event(), launch(closed_at=AT)])
    state.commit(
        put=[fence(gen=2, revision=1)], remove=[launch().model_copy(update={"revision": 1})]
    )
    assert len(state.live()) == 3
    assert state.read(launch().ref) is None
    assert state.history(since=AT, subject="L1", limit=3)


def _publish(address: str) -> None:
    publisher = in_the_clear(PublisherClient, address)
    subscriber = in_the_clear(SubscriberClient, address)
    topic, subscription = "projects/lab/topics/lab-launch", "projects/lab/subscriptions/s"
    publisher.create_topic(name=topic)
    subscriber.create_subscription(name=subscription, topic=topic)
    PubsubTopic(publisher, "lab", "lab").publish([pointer(), pointer("another")])
    pulled = subscriber.pull(subscription=subscription, max_messages=1).received_messages
    subscriber.acknowledge(subscription=subscription, ack_ids=[each.ack_id for each in pulled])


def _read_a_secret(google: FakeGoogle, address: str) -> None:
    google.secretmanager.kept["projects/lab/secrets/key"] = [b"the key"]
    client = in_the_clear(SecretManagerServiceClient, address)
    secrets = GcpSecrets(lambda: client, lambda: "lab", EnvSecrets({}))
    assert secrets.resolve("gcp-secret:key") == "the key"
