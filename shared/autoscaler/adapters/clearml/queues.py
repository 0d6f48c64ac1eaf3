"""The port Queues over the ClearML API."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypedDict

from autoscaler.adapters.clearml.client import ClearmlClient
from autoscaler.adapters.clearml.envelope import RejectedError
from autoscaler.adapters.clearml.listing import PAGE, Time, pages
from autoscaler.core.seen import Queue
from autoscaler.errors import ConfigError, Problem

_ID = re.compile(r"[0-9a-f]{32}")
_SPECIAL = re.compile(r"([\\.^$|?*+()\[\]{}])")
# MongoDB refuses patterns from 32,764 bytes on.
_PATTERN_BYTES = 30_000
_INVALID, _NAME_TOO_SHORT, _NAME_TAKEN = 12, 800, 801


class _Entry(TypedDict):
    """A task that waits: as there may be thousands of them, they are not made models."""

    added: Time


class _Queue(BaseModel):
    id: str
    name: str
    entries: tuple[_Entry, ...]
    tags: tuple[str, ...] | None = None


class _Named(BaseModel):
    id: str
    name: str


_QUEUES = TypeAdapter(tuple[_Queue, ...])
_NAMES = TypeAdapter(tuple[_Named, ...])
_FIELDS = {"only_fields": ["id", "name", "entries", "tags"], "search_hidden": True}


class ClearmlQueues:
    """The port Queues. One call for up to 500 refs, unless one of them is answered by nothing."""

    def __init__(self, client: ClearmlClient) -> None:
        self._client = client

    def read(self, refs: Collection[str]) -> Sequence[Queue]:
        wanted = tuple(dict.fromkeys(refs))
        ids = tuple(ref for ref in wanted if _ID.fullmatch(ref))
        names = tuple(ref for ref in wanted if not _ID.fullmatch(ref))
        found = _Found()
        if ids and names:
            self._find({}, wanted, found)
        self._find_names(found.lacks(names), found)
        for some in _in_pages(found.lacks(ids)):
            self._find({"id": some}, some, found)
        self._find_names(found.lacks(ids), found)  # a name may look like an id
        return [_seen(queue) for queue in found.answers(wanted)]

    def names(self) -> Sequence[str]:
        """The names of all queues but hidden ones, in no order: for a person to choose from."""
        asked = {"only_fields": ["id", "name"]}
        listed = pages(self._client, "queues.get_all", asked, _NAMES)
        return [queue.name for batch in listed for queue in batch]

    def create(self, name: str) -> None:
        try:
            self._client.call("queues.create", {"name": name})
        except RejectedError as error:
            if error.subcode == _NAME_TAKEN:
                return
            if error.subcode in {_INVALID, _NAME_TOO_SHORT}:
                remedy = f"choose a name that ClearML takes ({error.said})"
                raise ConfigError(Problem("queue", name, remedy)) from error
            raise

    def _find_names(self, names: Sequence[str], found: "_Found") -> None:
        for some in _in_patterns(names):
            self._find({"name": exactly(some)}, some, found)

    def _find(self, query: Mapping[str, Any], wanted: Sequence[str], found: "_Found") -> None:
        for batch in pages(self._client, "queues.get_all", {**_FIELDS, **query}, _QUEUES):
            found.add(batch)
            if not found.lacks(wanted):
                return


class _Found:
    """The queues found so far. A ref means an id first, then a name."""

    def __init__(self) -> None:
        self._by_id: dict[str, _Queue] = {}
        self._by_name: dict[str, _Queue] = {}

    def add(self, queues: Sequence[_Queue]) -> None:
        self._by_id |= {queue.id: queue for queue in queues}
        self._by_name |= {queue.name: queue for queue in queues}

    def lacks(self, refs: Sequence[str]) -> Sequence[str]:
        return [ref for ref in refs if ref not in self._by_id and ref not in self._by_name]

    def answers(self, refs: Sequence[str]) -> Sequence[_Queue]:
        queues = (self._by_id.get(ref) or self._by_name.get(ref) for ref in refs)
        return list({queue.id: queue for queue in queues if queue}.values())


def exactly(names: Sequence[str]) -> str:
    """The pattern that these names match and no other. Only what is special is escaped."""
    escaped = (_SPECIAL.sub(r"\\\1", name) for name in names)
    return f"^(?:{'|'.join(escaped)})$"


def _in_pages(refs: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(refs), PAGE):
        yield refs[start : start + PAGE]


def _in_patterns(names: Sequence[str]) -> Iterator[Sequence[str]]:
    some: list[str] = []
    for name in names:
        if some and (len(some) == PAGE or len(exactly([*some, name]).encode()) > _PATTERN_BYTES):
            yield some
            some = []
        some.append(name)
    if some:
        yield some


def _seen(queue: _Queue) -> Queue:
    return Queue(
        id=queue.id,
        name=queue.name,
        waiting=len(queue.entries),
        oldest=min((entry["added"] for entry in queue.entries), default=None),
        tags=queue.tags or (),
    )
