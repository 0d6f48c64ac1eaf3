"""What an endpoint is: a name, the version that brought it, a request body and an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from autoscaler.world.clearml import ClearML, User
from autoscaler.world.clearml.model import Document


class Body(BaseModel):
    """A request's data. Like the server, it overlooks fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Nothing(Body):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who calls, and on what world."""

    world: ClearML
    user: User
    ip: str


B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[B]):
    name: str
    since: str
    body: type[B]
    answer: Callable[[Call, B], Document]
    open: bool = False
    """Answers anybody, without credentials."""


AnyEndpoint = Endpoint[Any]


def version_of(text: str) -> tuple[int, int]:
    """Raise ValueError when the text is not like `2.34`."""
    major, _, minor = text.partition(".")
    return int(major), int(minor or 0)
