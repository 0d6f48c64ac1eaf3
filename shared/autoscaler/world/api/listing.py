"""What the `get_all` family has in common: selection, order, pages, and which fields to show."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field

from autoscaler.world.api.endpoint import Body
from autoscaler.world.clearml import errors

if TYPE_CHECKING:
    from autoscaler.world.clearml.model import Document

PAGE_LIMIT = 500
_SIGNS = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "": operator.eq,
}


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Strings = Annotated[list[str], BeforeValidator(_as_list)]


class Listing(Body):
    id: Strings | None = None
    name: str | None = None
    tags: Strings | None = None
    system_tags: Strings | None = None
    only_fields: Strings | None = None
    order_by: Strings | None = None
    search_hidden: bool | None = False
    page: Annotated[int, Field(ge=0)] | None = None
    page_size: Annotated[int, Field(ge=1)] | None = None
    size: Annotated[int, Field(ge=1)] | None = None
    scroll_id: str | None = None

    def shows_hidden(self) -> bool:
        return bool(self.search_hidden or self.id or self.name)


N = TypeVar("N")


def answer(
    listing: Listing, key: str, found: Sequence[N], render: Callable[[N], Document]
) -> Document:
    """At most 500, however many there are: more only by pages or by scrolling."""
    ordered = _ordered(found, listing.order_by)
    start, size = _window(listing)
    shown = [_only(render(noun), listing.only_fields) for noun in ordered[start : start + size]]
    if listing.size is None and listing.scroll_id is None:
        return {key: shown}
    return {key: shown, "scroll_id": f"scroll-{start + len(shown)}"}


def wanted(noun: Any, listing: Listing) -> bool:
    """Whether id and tags fit; a tag with a minus must be absent."""
    if listing.id is not None and noun.id not in listing.id:
        return False
    return tags_fit(noun.tags, listing.tags) and tags_fit(noun.system_tags, listing.system_tags)


def compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as problem:
        raise errors.malformed_regex(str(problem)) from problem


def tags_fit(tags: Sequence[str], asked: Sequence[str] | None) -> bool:
    present = [tag for tag in asked or () if not tag.startswith("-")]
    absent = [tag[1:] for tag in asked or () if tag.startswith("-")]
    return (not present or any(tag in tags for tag in present)) and not any(
        tag in tags for tag in absent
    )


def in_time(time: datetime, asked: Sequence[str] | None) -> bool:
    """Raise RefusedError 12 for what is no time."""
    return all(_fits(time, each) for each in asked or ())


def _fits(time: datetime, asked: str) -> bool:
    sign = next((sign for sign in _SIGNS if asked.startswith(sign)), "")
    try:
        limit = datetime.fromisoformat(asked.removeprefix(sign))
    except ValueError as problem:
        raise errors.invalid_value("status_changed", str(problem)) from problem
    return bool(_SIGNS[sign](time, limit if limit.tzinfo else limit.replace(tzinfo=UTC)))


def _ordered(found: Sequence[N], order_by: Sequence[str] | None) -> list[N]:
    ordered = list(found)
    for field in reversed(order_by or ()):
        name = field.lstrip("-")
        ordered.sort(
            key=lambda noun, name=name: _sortable(getattr(noun, name, None)),  # type: ignore[misc]
            reverse=field.startswith("-"),
        )
    return ordered


def _sortable(value: object) -> tuple[bool, Any]:
    return (value is not None, value)


def _window(listing: Listing) -> tuple[int, int]:
    if listing.scroll_id is not None or listing.size is not None:
        return _scrolled(listing.scroll_id), min(listing.size or PAGE_LIMIT, PAGE_LIMIT)
    size = min(listing.page_size or PAGE_LIMIT, PAGE_LIMIT)
    return (listing.page or 0) * size, size


def _scrolled(scroll_id: str | None) -> int:
    if scroll_id is None:
        return 0
    prefix, _, position = scroll_id.partition("-")
    if prefix != "scroll" or not position.isdigit():
        raise errors.invalid_value("scroll_id", f"'{scroll_id}' is not known")
    return int(position)


def _only(document: Document, fields: Sequence[str] | None) -> Document:
    if not fields:
        return document
    picked: Document = {}
    for field in ("id", *fields):
        _copy(document, picked, field.split("."))
    return picked


def _copy(source: Document, target: Document, path: Sequence[str]) -> None:
    first, *rest = path
    value = source.get(first)
    if value is None:
        return
    if rest and isinstance(value, dict):
        _copy(value, target.setdefault(first, {}), rest)
        return
    target[first] = value
