from collections.abc import Iterator

import pytest

from autoscaler.adapters.clearml import ClearmlClient
from autoscaler.world.server import StandIn
from tests.adapters.clearml.pace import Pace, connect_to


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture
def pace() -> Pace:
    return Pace()


@pytest.fixture
def client(standin: StandIn, pace: Pace) -> ClearmlClient:
    return connect_to(standin, pace)
