"""Reading lists that are longer than one answer, whole, while they change."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import AfterValidator, TypeAdapter, ValidationError

from autoscaler.adapters.clearml.client import ClearmlClient
from autoscaler.errors import UnavailableError

PAGE = 500
# Servers can be set to smaller pages than 500, but a page below this is certainly the last.
_SHORT = 50
_OVERLAP = 10


def _in_utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


Time = Annotated[datetime, AfterValidator(_in_utc)]


class Identified(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T")
I = TypeVar("I", bound=Identified)  # noqa: E741 - an item


def items(
    endpoint: str, data: Mapping[str, Any], shape: TypeAdapter[tuple[T, ...]]
) -> tuple[T, ...]:
    """The list in the answer. UnavailableError names what is missing or odd about it."""
    return part(endpoint, endpoint.partition(".")[0], data, shape)


def part(endpoint: str, key: str, data: Mapping[str, Any], shape: TypeAdapter[T]) -> T:
    """What stands under `key`. UnavailableError names what is missing or odd about it."""
    try:
        return shape.validate_python(data.get(key))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in (key, *first["loc"]))
        raise UnavailableError(f"{endpoint}: {place}: {first['msg']}") from error


def pages(
    client: ClearmlClient,
    endpoint: str,
    query: Mapping[str, Any],
    shape: TypeAdapter[tuple[I, ...]],
) -> Iterator[tuple[I, ...]]:
    """Yield the items page by page, each item once. Whoever has what he wants may stop early.

    The items move up when one before them vanishes between two calls. So each page begins inside
    the one before it, in the order of ids: when they still share an item, none slipped through.
    UnavailableError when they do not.
    """

    def ask(page: int, size: int) -> tuple[I, ...]:
        asked = {**query, "order_by": ["id"], "page": page, "page_size": size}
        return items(endpoint, client.call(endpoint, asked), shape)

    batch = ask(0, PAGE)
    yield batch
    if len(batch) < _SHORT:
        return
    longest = end = min(len(batch), PAGE)
    seen = {item.id for item in batch}
    while True:
        page, size = _window(end, longest)
        batch = ask(page, size)
        fresh = tuple(item for item in batch if item.id not in seen)
        if len(fresh) == len(batch):
            raise UnavailableError(f"{endpoint}: the list changed too fast to be read whole")
        yield fresh
        if len(batch) < size:
            return
        if not fresh or (page + 1) * size <= end:
            raise UnavailableError(f"{endpoint}: the list is too long to be read whole")
        end = (page + 1) * size
        seen.update(item.id for item in fresh)


def _window(end: int, longest: int) -> tuple[int, int]:
    """The page number and size whose page begins shortly before `end`."""
    start = end - _OVERLAP
    page = -(-start // longest)
    return page, start // page
