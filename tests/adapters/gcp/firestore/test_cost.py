"""What the table costs on Google Cloud: the figures of docs/state-table-gcp.md."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from autoscaler.adapters.gcp.firestore import Database
from tests.adapters.gcp.fake_google.server import FakeGoogle
from tests.adapters.gcp.firestore.opened import opened
from tests.services.stage import MINUTE, Stage, deployment, resource

pytestmark = pytest.mark.slow

MACHINES = 10
LOOK, ALL, COMMIT = "BatchGetDocuments", "RunQuery", "Commit"
QUIET_TICK = [LOOK, LOOK, COMMIT, ALL, LOOK, COMMIT, LOOK, COMMIT]


class Bill(NamedTuple):
    """Documents, as they stand on the bill. What finds nothing counts as one read."""

    read: int
    written: int
    deleted: int


class Meter:
    """What a Google Cloud was asked since the last reset."""

    def __init__(self, google: FakeGoogle) -> None:
        self._heard = google.heard

    def reset(self) -> None:
        self._heard.clear()

    @property
    def asked(self) -> list[str]:
        return [name for name, _, _ in self._heard]

    @property
    def bill(self) -> Bill:
        units: Counter[str] = Counter()
        for name, request, answers in self._heard:
            units.update(_units(name, request, answers))
        return Bill(units["read"], units["written"], units["deleted"])


@pytest.fixture
def google() -> FakeGoogle:
    return FakeGoogle(listens=True)


@pytest.fixture
def meter(google: FakeGoogle) -> Meter:
    return Meter(google)


@pytest.fixture
def stage(google: FakeGoogle, meter: Meter) -> Iterator[Stage]:
    cpu = resource(queues=("cpu", "gpu", "train"), max_instances=MACHINES, max_idle=2 * MINUTE)
    made = Stage(wanted=deployment(cpu))
    with google.serve() as address:
        made.state = opened(address, Database("lab", "cost"))  # type: ignore[assignment]
        made.rewire()
        made.minutes(2)
        meter.reset()
        yield made


def test_a_tick_with_nothing_to_do(stage: Stage, meter: Meter) -> None:
    stage.tick(MINUTE)
    assert meter.asked == QUIET_TICK
    assert meter.bill == Bill(read=6, written=3, deleted=0)


def test_a_tick_with_machines_that_work(stage: Stage, meter: Meter) -> None:
    stage.start(MACHINES)
    stage.minutes(5)
    meter.reset()
    stage.tick(MINUTE)
    assert meter.asked == QUIET_TICK
    assert meter.bill == Bill(read=16, written=3, deleted=0)


def test_the_whole_life_of_a_machine(stage: Stage, meter: Meter) -> None:
    stage.start(MACHINES)
    stage.minutes(5)
    stage.agents.finish()
    stage.minutes(12)
    ticks = 2 + 5 + 12
    assert not stage.instances()
    bill = meter.bill
    assert (bill.written - 3 * ticks) / MACHINES < 20
    assert (bill.read - 6 * ticks) / MACHINES < 40
    assert bill.deleted / MACHINES < 2


def _units(name: str, request: Any, answers: list[Any]) -> dict[str, int]:
    if name == LOOK:
        return {"read": len(request.documents)}
    if name == ALL:
        found = sum(each.HasField("document") for each in answers)
        return {"read": max(1, found)}
    deleted = sum(write.WhichOneof("operation") == "delete" for write in request.writes)
    return {"written": len(request.writes) - deleted, "deleted": deleted}
