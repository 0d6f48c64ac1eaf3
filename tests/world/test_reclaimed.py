"""What a guard does when the cloud says that it takes its machine back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from random import Random

import pytest

from autoscaler.ports import Launched, Order
from autoscaler.world.agents import Agents, Guards, Slot
from autoscaler.world.clearml import ClearML, Status
from autoscaler.world.cloud import Box, Nature, Region
from autoscaler.world.cloud.nature import Chance
from tests.faults.hub import Hub
from tests.services.stage import deployment, resource

UP, LONG, NOTICE, BETWEEN, WRONG = 210.0, 100.0, 120.0, 10.0, 900.0


class Tasks:
    """The work of this lab: every task takes as long."""

    def length(self, _task: str) -> float:
        return LONG

    def takes(self, slot: Slot) -> None: ...

    def begins(self, slot: Slot) -> None: ...

    def waits(self, slot: Slot) -> None:
        slot.look_soon()

    def done(self, task: str) -> None: ...

    def lost(self, tasks: Sequence[str]) -> None: ...


class Lab:
    """One machine with two slots, up and idle, where nothing goes wrong by chance."""

    def __init__(self, *, guarded: bool = True) -> None:
        wanted = deployment(resource(slots=2))
        self.hub = Hub(datetime(2026, 1, 1, tzinfo=UTC))
        chance = Chance(Random(1), Nature(rate=0.0))
        numbers = count(1)
        self.clearml = ClearML(now=self.hub.now, new_id=lambda: f"t{next(numbers)}")
        self.queue = self.clearml.queues.create("cpu").id
        self.region = Region(wanted, self.hub, chance)
        agents = Agents(
            wanted, self.hub, chance, self.clearml, self.region, Tasks(), Guards(there=guarded)
        )
        self.region.started, self.region.noticed = agents.started, agents.noticed
        self.region.ordered, self.region.stopping = agents.ordered, agents.stopping
        answer = self.region.run(ORDER, "")
        assert isinstance(answer, Launched)
        self.box: Box = self.region.boxes[answer.machines[0].instance_id]
        self.pass_time(UP)

    def pass_time(self, seconds: float) -> None:
        self.hub.run(self.hub.at + seconds)

    def notice(self) -> None:
        self.region.notice(self.box.id, NOTICE)

    def enqueue(self) -> str:
        task = self.clearml.tasks.create("work").id
        self.clearml.tasks.enqueue(task, self.queue)
        return task

    def status(self, task: str) -> Status:
        return self.clearml.tasks.get(task).status


ORDER = Order(
    deployment="stage",
    autoscaler="team",
    resource="cpu",
    offering="small:on-demand",
    launch="L",
    attempt=1,
    indexes=(0,),
    token="born-with",
    queue_ids=(),
    slots=2,
)


@pytest.mark.parametrize(
    ("guarded", "status"),
    [
        pytest.param(True, Status.QUEUED, id="under a guard it is left to other machines"),
        pytest.param(False, Status.IN_PROGRESS, id="without one it is taken all the same"),
    ],
)
def test_idle_slots_take_no_new_work(*, guarded: bool, status: Status) -> None:
    lab = Lab(guarded=guarded)
    lab.notice()
    task = lab.enqueue()
    lab.pass_time(BETWEEN * 2)
    assert lab.status(task) is status


def test_what_runs_goes_on_to_its_end_and_nothing_follows_it() -> None:
    lab = Lab()
    running = lab.enqueue()
    lab.pass_time(BETWEEN * 2)
    lab.notice()
    waiting = lab.enqueue()
    lab.pass_time(LONG)
    assert (lab.status(running), lab.status(waiting)) == (Status.COMPLETED, Status.QUEUED)


def test_whenever_the_notice_comes_a_task_is_either_left_in_its_queue_or_begun() -> None:
    """A pop may be under way while the agents are frozen."""
    outcomes: set[tuple[Status, bool]] = set()
    for moment in range(60):
        lab = Lab()
        task = lab.enqueue()
        lab.pass_time(moment / 10)
        lab.notice()
        lab.pass_time(BETWEEN * 2)
        outcomes.add((lab.status(task), bool(lab.clearml.queues.holding(task))))
    assert outcomes == {(Status.QUEUED, True), (Status.IN_PROGRESS, False)}


def test_a_machine_that_outlives_its_notice_for_long_works_again() -> None:
    lab = Lab()
    lab.notice()
    task = lab.enqueue()
    lab.pass_time(NOTICE + WRONG - BETWEEN)
    assert lab.status(task) is Status.QUEUED
    lab.pass_time(BETWEEN * 3)
    assert lab.status(task) is Status.IN_PROGRESS


def test_a_drain_that_is_refused_lets_no_idle_slot_take_work_again() -> None:
    lab = Lab()
    running = lab.enqueue()
    lab.pass_time(BETWEEN * 2)
    lab.notice()
    lab.region.drain(lab.box.id, "nonce")
    waiting = lab.enqueue()
    lab.pass_time(BETWEEN * 3)
    assert lab.box.runs
    assert (lab.status(running), lab.status(waiting)) == (Status.IN_PROGRESS, Status.QUEUED)


def test_an_idle_machine_with_a_notice_obeys_a_drain() -> None:
    lab = Lab()
    lab.notice()
    lab.region.drain(lab.box.id, "nonce")
    lab.pass_time(BETWEEN * 3)
    assert not lab.box.runs


def test_a_machine_that_is_gone_hears_no_notice() -> None:
    lab = Lab()
    lab.region.stop(lab.box.id, "died")
    lab.notice()
    assert lab.box.taken_at is None
