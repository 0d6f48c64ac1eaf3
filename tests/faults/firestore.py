"""The state table of a run in Firestore: Google's emulator, or the fake."""

from functools import cache
from itertools import count
from os import getpid
from typing import Any

from google.api_core.exceptions import DeadlineExceeded, GoogleAPICallError, ServiceUnavailable
from google.cloud.firestore_v1.services.firestore import FirestoreClient

from autoscaler.adapters.gcp.clients import in_the_clear
from autoscaler.adapters.gcp.firestore import Database, FirestoreState
from autoscaler.ports import State
from tests.faults.stored import StoredLedger

PATIENT = 60.0  # in true time, which no run is about
_NUMBERS = count(1)


class FirestoreLedger(StoredLedger):
    READS = ("batch_get_documents", "run_query")
    WRITES = ("commit",)

    def opened(self, address: str, limit: int) -> State:
        database = Database("faults", f"state-{getpid()}-{next(_NUMBERS)}")
        slow: Any = self.slow(_Whole(_client(address)))
        return FirestoreState(slow, database, limit=limit, pause=self.passes, patience=PATIENT)

    def unanswered(self, *, sent: bool) -> Exception:
        """Half of them are sent again; of the others nobody knows any more."""
        again = self.chance.random.random() < 1 / 2
        kind: type[GoogleAPICallError] = ServiceUnavailable if again else DeadlineExceeded
        return kind("nobody answers" if sent else "nobody there")


class _Whole:
    """A client whose answers have come in full before time goes on."""

    def __init__(self, client: FirestoreClient) -> None:
        self.commit = client.commit
        self._client = client

    def batch_get_documents(self, **asked: Any) -> Any:
        return [*self._client.batch_get_documents(**asked)]

    def run_query(self, **asked: Any) -> Any:
        return [*self._client.run_query(**asked)]


@cache
def _client(address: str) -> FirestoreClient:
    """One for the process: gRPC must not have begun before a process divides."""
    client: FirestoreClient = in_the_clear(FirestoreClient, address)
    return client
