"""Calls of one Firestore database: what may be asked again, and what an error means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from google.api_core.exceptions import Aborted, FailedPrecondition, NotFound, ResourceExhausted
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.types import Document

from autoscaler.adapters.gcp.failures import FAILED, failure
from autoscaler.adapters.gcp.retries import BUSY, UNANSWERED
from autoscaler.errors import UnavailableError

_WAITS = (0.1, 0.4)
_ROLE = "roles/datastore.user"

_Answer = TypeVar("_Answer")
Write = Mapping[str, Any]


class Database(NamedTuple):
    """Which database is meant, for Google and (as text) for people."""

    project: str
    name: str

    @property
    def path(self) -> str:
        return f"projects/{self.project}/databases/{self.name}"

    def document(self, place: str) -> str:
        return f"{self.path}/documents/{place}"

    def __str__(self) -> str:
        return f"{self.name} in {self.project}"


class Calls:
    """One client, one database. Whatever Google's client raises comes out as UnavailableError.

    What only reads is asked again when it was not answered; `pause` is given seconds. `patience`
    is that of one attempt, in seconds.
    """

    def __init__(
        self,
        client: FirestoreClient,
        database: Database,
        pause: Callable[[float], object],
        patience: float,
    ) -> None:
        self._client = client
        self._database = database
        self._pause = pause
        self._how: dict[str, Any] = {
            "retry": None,
            "timeout": patience,
            "metadata": [("google-cloud-resource-prefix", database.path)],
        }

    def get(self, names: Sequence[str]) -> Mapping[str, Document]:
        """Those of these documents that exist, by name, all as they were at one moment."""
        asked = {"database": self._database.path, "documents": names}

        def ask() -> Mapping[str, Document]:
            answers = self._client.batch_get_documents(request=asked, **self._how)
            return {each.found.name: each.found for each in answers if "found" in each}

        return self._read("BatchGetDocuments", ask)

    def query(self, query: Mapping[str, Any]) -> Sequence[Document]:
        """All that it finds, as it was at one moment: what breaks off is asked anew as a whole."""
        asked = {"parent": f"{self._database.path}/documents", "structured_query": query}

        def ask() -> Sequence[Document]:
            answers = self._client.run_query(request=asked, **self._how)
            return [each.document for each in answers if "document" in each]

        return self._read("RunQuery", ask)

    def commit(self, writes: Sequence[Write]) -> None:
        """All or nothing, once; raises what Google's client raises."""
        asked = {"database": self._database.path, "writes": writes}
        self._client.commit(request=asked, **self._how)

    @contextmanager
    def asking(self, call: str) -> Iterator[None]:
        """Whatever Google's client raises meanwhile comes out with place and remedy."""
        try:
            yield
        except FAILED as error:
            told = failure(f"state = {self._database}: {call}", error, _ROLE)
            remedy = _remedy(error)
            raise (UnavailableError(f"{told}: {remedy}") if remedy else told) from error

    def _read(self, call: str, ask: Callable[[], _Answer]) -> _Answer:
        with self.asking(call):
            for wait in _WAITS:
                try:
                    return ask()
                except (*BUSY, *UNANSWERED):
                    self._pause(wait)
            return ask()


def _remedy(error: Exception) -> str:
    match error:
        case NotFound():
            return "there is no such database: deploy it, or correct its name"
        case FailedPrecondition() if "index" in str(error):
            return "another version made the database: deploy this one"
        case FailedPrecondition() if "Datastore Mode" in str(error):
            return "make a database in native mode for it"
        case Aborted():
            return "others keep writing the same rows"
        case ResourceExhausted():
            return "if it stays so, raise what limits the project"
        case _:
            return ""
