"""ClearML's ports without a wire keep the promises of those with one."""

from itertools import count

import pytest

from autoscaler.adapters.memory.clearml import MemoryQueues, MemoryTasks, MemoryWorkers
from autoscaler.adapters.memory.clock import FixedClock
from autoscaler.ports import Queues, Tasks, Workers
from autoscaler.world.clearml import ClearML
from tests.contracts.clearml_contract import ClearmlContract


class TestMemoryClearml(ClearmlContract):
    @pytest.fixture
    def world(self) -> ClearML:
        numbers = count(1)
        return ClearML(now=FixedClock().now, new_id=lambda: f"{next(numbers):032x}")

    @pytest.fixture
    def queues(self, world: ClearML) -> Queues:
        return MemoryQueues(world)

    @pytest.fixture
    def workers(self, world: ClearML) -> Workers:
        return MemoryWorkers(world)

    @pytest.fixture
    def tasks(self, world: ClearML) -> Tasks:
        return MemoryTasks(world)
