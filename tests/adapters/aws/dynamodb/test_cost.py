"""What the table costs: the figures of docs/state-table.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from autoscaler.adapters.aws.dynamodb import DynamoState
from tests.adapters.aws.dynamodb.meter import Meter, Units
from tests.real.dynamodb_local import LIMIT
from tests.services.stage import MINUTE, Stage, deployment, resource

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

MACHINES = 10
QUIET_TICK = ["get_item", "put_item", *["query"] * 4, "put_item", "put_item"]


@pytest.fixture
def meter(client: DynamoDBClient) -> Meter:
    return Meter(client)


@pytest.fixture
def stage(meter: Meter, name: str) -> Stage:
    cpu = resource(queues=("cpu", "gpu", "train"), max_instances=MACHINES, max_idle=2 * MINUTE)
    made = Stage(wanted=deployment(cpu))
    made.state = DynamoState(meter, name, limit=LIMIT)  # type: ignore[arg-type,assignment]
    made.rewire()
    made.minutes(2)
    meter.reset()
    return made


def test_a_tick_with_nothing_to_do(stage: Stage, meter: Meter) -> None:
    stage.tick(MINUTE)
    assert meter.asked == QUIET_TICK
    assert meter.units == Units(read=5, written=3)


def test_a_tick_with_machines_that_work(stage: Stage, meter: Meter) -> None:
    stage.start(MACHINES)
    stage.minutes(5)
    meter.reset()
    stage.tick(MINUTE)
    assert meter.asked == QUIET_TICK
    assert meter.units == Units(read=6, written=3)


def test_the_whole_life_of_a_machine(stage: Stage, meter: Meter) -> None:
    stage.start(MACHINES)
    stage.minutes(5)
    stage.agents.finish()
    stage.minutes(12)
    ticks = 2 + 5 + 12
    assert not stage.instances()
    assert (meter.units.written - 3 * ticks) / MACHINES < 50
    assert (meter.units.read - 5 * ticks) / MACHINES < 20
