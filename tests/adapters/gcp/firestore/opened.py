"""A state table in what listens somewhere, and what stands in it."""

from collections.abc import Callable, Mapping
from typing import Any

import grpc
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.types import Document

from autoscaler.adapters.gcp.clients import in_the_clear
from autoscaler.adapters.gcp.firestore import Database, FirestoreState

PATIENT = 60.0  # a computer with much else to do may answer late, and no test is about that


def opened(address: str, database: Database, **how: Any) -> FirestoreState:
    client = in_the_clear(FirestoreClient, address)
    return FirestoreState(client, database, **{"patience": PATIENT, **how})


def behind(
    channel: Callable[[grpc.Channel], grpc.Channel],
    address: str,
    database: Database,
    **how: Any,
) -> FirestoreState:
    """The same through what `channel` makes of the channel."""
    model: Any = FirestoreClient
    transport = model.get_transport_class("grpc")(channel=channel(grpc.insecure_channel(address)))
    return FirestoreState(model(transport=transport), database, **{"patience": PATIENT, **how})


def documents(address: str, database: Database, collection: str) -> Mapping[str, Document]:
    """Everything that stands in a collection, by the names of the documents."""
    query = {"from_": [{"collection_id": collection}]}
    asked = {"parent": f"{database.path}/documents", "structured_query": query}
    client = in_the_clear(FirestoreClient, address)
    found = [each.document for each in client.run_query(request=asked, timeout=PATIENT)]
    return {each.name.rpartition("/")[2]: each for each in found if each.name}
