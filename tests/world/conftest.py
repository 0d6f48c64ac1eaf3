from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from autoscaler.world.server import StandIn
from tests.world.model import Caller, Clock, new_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autoscaler.world.clearml import ClearML


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> ClearML:
    return new_world(clock)


@pytest.fixture
def caller(world: ClearML) -> Caller:
    return Caller(world)


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin
