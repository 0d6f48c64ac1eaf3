"""What every Workers promises."""

import pytest

from autoscaler.ports import Workers
from autoscaler.world.clearml import ClearML
from tests.contracts.clearml_scenes import WORKER, line_up, pop, start


class WorkersContract:
    """A subclass gives `world` and the port over it."""

    @pytest.fixture
    def world(self) -> ClearML:
        raise NotImplementedError

    @pytest.fixture
    def workers(self, world: ClearML) -> Workers:
        raise NotImplementedError

    def test_a_worker_is_idle_until_it_holds_a_task(
        self, world: ClearML, workers: Workers
    ) -> None:
        queue = world.queues.create("gpu")
        world.workers.report(WORKER, user=world.user, queues=[queue.id])
        (idle,) = workers.read(["aws1"])
        (task,) = line_up(world, queue.id, "one")
        start(world, pop(world, queue.id))
        (busy,) = workers.read(["aws1"])
        assert (idle.id, idle.task, idle.queues) == (WORKER, "", (queue.id,))
        assert (busy.id, busy.task, busy.queues) == (WORKER, task, (queue.id,))

    def test_a_worker_tells_whose_it_is_and_when_it_reported(
        self, world: ClearML, workers: Workers
    ) -> None:
        reported = world.workers.report(WORKER, user=world.user)
        (worker,) = workers.read(["aws1"])
        assert (worker.user, worker.last_report) == (world.user.id, reported.last_report_time)

    def test_a_worker_that_only_registered_has_not_reported(
        self, world: ClearML, workers: Workers
    ) -> None:
        world.workers.register(WORKER, user=world.user)
        (worker,) = workers.read(["aws1"])
        assert worker.last_report is None

    def test_what_another_user_reports_is_not_ours(self, world: ClearML, workers: Workers) -> None:
        other = world.users.add("other")
        world.workers.register(WORKER, user=other)
        assert not workers.read(["aws1"])
        world.workers.register(WORKER, user=world.user)
        assert [worker.user for worker in workers.read(["aws1"])] == [world.user.id]

    def test_what_another_user_registered_is_left_on_the_list(
        self, world: ClearML, workers: Workers
    ) -> None:
        other = world.users.add("other")
        world.workers.register(WORKER, user=other)
        workers.unregister(WORKER)
        assert [worker.user for worker in world.workers.all()] == [other]

    @pytest.mark.parametrize(
        ("prefixes", "seen"),
        [
            pytest.param(["aws1"], {"aws1:a"}, id="a prefix ends at the colon"),
            pytest.param(["aws1", "aws2"], {"aws1:a", "aws2:b"}, id="there may be several"),
            pytest.param(["aws?"], {"aws?:d"}, id="a prefix is no pattern"),
            pytest.param(["none"], set(), id="nobody may answer to it"),
            pytest.param([], set(), id="no prefix, no worker"),
        ],
    )
    def test_only_workers_with_the_prefix_are_seen(
        self, world: ClearML, workers: Workers, prefixes: list[str], seen: set[str]
    ) -> None:
        for worker in ("aws1:a", "aws2:b", "aws12:c", "aws?:d", "host:gpu0", "aws1"):
            world.workers.register(worker, user=world.user)
        assert {worker.id for worker in workers.read(prefixes)} == seen

    def test_an_unregistered_worker_is_gone(self, world: ClearML, workers: Workers) -> None:
        world.workers.register(WORKER, user=world.user)
        workers.unregister(WORKER)
        assert not workers.read(["aws1"])

    def test_to_unregister_an_unknown_worker_is_fine(self, workers: Workers) -> None:
        workers.unregister(WORKER)
