"""The adapter keeps the ports' promises over HTTP."""

import pytest

from autoscaler.adapters.clearml import (
    ClearmlClient,
    ClearmlQueues,
    ClearmlTasks,
    ClearmlWorkers,
)
from autoscaler.ports import Queues, Tasks, Workers
from autoscaler.world.clearml import ClearML
from autoscaler.world.server import StandIn
from tests.contracts.clearml_contract import ClearmlContract


class TestClearml(ClearmlContract):
    @pytest.fixture
    def world(self, standin: StandIn) -> ClearML:
        return standin.world

    @pytest.fixture
    def queues(self, client: ClearmlClient) -> Queues:
        return ClearmlQueues(client)

    @pytest.fixture
    def workers(self, client: ClearmlClient) -> Workers:
        return ClearmlWorkers(client, client)

    @pytest.fixture
    def tasks(self, client: ClearmlClient) -> Tasks:
        return ClearmlTasks(client)
