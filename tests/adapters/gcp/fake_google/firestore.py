"""Firestore in memory: commits of all or nothing, and the queries that its indexes allow."""

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.cloud.firestore_v1 import types
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode

from tests.adapters.gcp.fake_google.documents import check, check_name
from tests.adapters.gcp.fake_google.queries import Indexes, found
from tests.adapters.gcp.fake_google.refusals import RefusedError, invalid

_BEGIN = 1_767_225_600_000_000  # 2026, in microseconds
_Document = types.Document.pb()
_Found = types.BatchGetDocumentsResponse.pb()
_Result = types.RunQueryResponse.pb()
_Done = types.CommitResponse.pb()
_Written = types.WriteResult.pb()


class FakeFirestore:
    """Every database exists, but for those named "nowhere"; all have these composite indexes."""

    def __init__(self, indexes: Indexes) -> None:
        self._indexes = indexes
        self._lock = threading.Lock()
        self._documents: dict[str, Any] = {}
        self._last = _BEGIN

    @property
    def methods(self) -> Mapping[str, tuple[Callable[[Any], Any], Any]]:
        """By name: what it does, and the type of what it is asked. Iterators are streams."""
        return {
            "BatchGetDocuments": (self.batch_get, types.BatchGetDocumentsRequest.pb()),
            "RunQuery": (self.run_query, types.RunQueryRequest.pb()),
            "Commit": (self.commit, types.CommitRequest.pb()),
        }

    def batch_get(self, asked: Any) -> Iterator[Any]:
        _check_database(asked.database)
        with self._lock:
            at = self._now()
            seen = [(name, self._documents.get(name)) for name in asked.documents]
        for name, document in seen:
            if document is None:
                yield _Found(missing=name, read_time=at)
            else:
                yield _Found(found=document, read_time=at)

    def run_query(self, asked: Any) -> Iterator[Any]:
        _check_database(asked.parent.partition("/documents")[0])
        with self._lock:
            at = self._now()
            seen = dict(self._documents)
        yield from (
            _Result(document=each, read_time=at)
            for each in found(seen, asked.parent, asked.structured_query, self._indexes)
        )
        yield _Result(read_time=at)

    def commit(self, asked: Any) -> Any:
        _check_database(asked.database)
        if asked.transaction:
            raise RefusedError(StatusCode.UNIMPLEMENTED, "transactions")
        with self._lock:
            at = self._now()
            after = dict(self._documents)
            for write in asked.writes:
                _carry_out(write, after, at)
            self._documents = after
        return _Done(
            write_results=[_Written(update_time=at) for _ in asked.writes], commit_time=at
        )

    def _now(self) -> Timestamp:
        """Later than every moment before, by a microsecond."""
        self._last += 1
        at = Timestamp()
        at.FromMicroseconds(self._last)
        return at


def _check_database(path: str) -> None:
    if path.endswith("/nowhere"):
        raise RefusedError(StatusCode.NOT_FOUND, f"The database {path} does not exist")


def _carry_out(write: Any, documents: dict[str, Any], at: Timestamp) -> None:
    operation = write.WhichOneof("operation")
    if operation not in {"update", "delete"} or write.HasField("update_mask"):
        raise RefusedError(StatusCode.UNIMPLEMENTED, f"a write with {operation}")
    name = write.update.name if operation == "update" else write.delete
    before = documents.get(name)
    _check_condition(write.current_document, name, before)
    if operation == "delete":
        check_name(name)
        documents.pop(name, None)
        return
    check(write.update)
    made = before.create_time if before else at
    documents[name] = _Document(
        name=name, fields=write.update.fields, create_time=made, update_time=at
    )


def _check_condition(condition: Any, name: str, before: Any) -> None:
    kind = condition.WhichOneof("condition_type")
    if kind == "exists" and condition.exists != (before is not None):
        if before:
            raise RefusedError(StatusCode.ALREADY_EXISTS, f"Document already exists: {name}")
        raise RefusedError(StatusCode.NOT_FOUND, f"No document to update: {name}")
    if kind == "update_time":
        if not condition.update_time.ToMicroseconds():
            raise invalid("The required base version is none.")
        if before is None:
            raise RefusedError(StatusCode.NOT_FOUND, f"No document to update: {name}")
        if before.update_time != condition.update_time:
            words = f"the stored version of {name} does not match the required base version"
            raise RefusedError(StatusCode.FAILED_PRECONDITION, words)
