"""Over HTTP, when ClearML's answers go wrong: nothing stops, nothing is forgotten."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from autoscaler.adapters.clearml import (
    ClearmlClient,
    ClearmlQueues,
    ClearmlSettings,
    ClearmlTasks,
    ClearmlWorkers,
)
from autoscaler.core.decisions import Cause
from autoscaler.world.server import StandIn
from tests.services.agents import Agents
from tests.services.stage import MINUTE, Stage, resource

QUICK = resource(max_idle=3 * MINUTE, queues=("cpu", "hidden one", "soon gone"))
PAGE = 500


class WebStage(Stage):
    """The same stage, with ClearML behind a real HTTP server and the real adapter before it."""

    def connect(self, server: StandIn) -> None:
        self.server = server
        self.clearml = server.world
        for ref in self.deployment.queue_refs:
            hidden = ["k8s-glue"] if "hidden" in ref else []
            self.clearml.queues.create(ref, system_tags=hidden)
        self.agents = Agents(self.deployment, self.clearml, self.cloud)
        self.cloud.busy = self.agents.busy
        client = ClearmlClient(
            ClearmlSettings(
                api_url=server.url,
                access_key=server.credentials.access_key,
                secret_key=SecretStr(server.credentials.secret_key),
                pause_seconds=0.01,
            ),
            now=lambda: self.clock.now().timestamp(),
        )
        ports = (ClearmlQueues(client), ClearmlWorkers(client), ClearmlTasks(client))
        self.queues, self.workers, self.tasks = ports  # type: ignore[assignment]
        self.rewire()

    def living(self) -> int:
        return len(self.cloud.living())

    def reasons(self, cause: Cause) -> str:
        return self.did_not(cause).reason


@pytest.fixture
def stage() -> Iterator[WebStage]:
    """Two machines that have just become idle, and would be drained in three minutes."""
    found = WebStage(QUICK)
    with StandIn(now=found.clock.now) as server:
        found.connect(server)
        found.start(machines=2)
        found.agents.finish()
        found.play(MINUTE)
        yield found


def test_a_server_that_answers_500_for_two_minutes_costs_nothing(stage: WebStage) -> None:
    stage.enqueue(tasks=3)
    stage.server.faults.add(match="*.get_all", status=500, until=stage.clock.now() + 3 * MINUTE)
    for _ in range(2):
        stage.play(MINUTE)
        assert "500" in stage.reasons(Cause.CLEARML_UNREADABLE)
        assert stage.living() == 2
    stage.play(MINUTE)
    assert stage.living() == 3, "the next whole answer is acted on"


@pytest.mark.parametrize("cut", ["length", "json"])
@pytest.mark.parametrize("endpoint", ["queues.get_all", "workers.get_all"])
def test_an_answer_that_is_cut_short_is_not_acted_on(
    stage: WebStage, endpoint: str, cut: str
) -> None:
    stage.server.faults.add(match=endpoint, truncate=cut)
    stage.minutes(10)
    assert stage.living() == 2
    assert endpoint in stage.reasons(Cause.CLEARML_UNREADABLE)
    stage.server.faults.clear()
    stage.minutes(2)
    assert stage.living() == 0, "what was idle for too long goes in the next tick"


def test_a_queue_that_is_deleted_stops_only_itself(stage: WebStage) -> None:
    gone = stage.clearml.queues.find("soon gone")
    assert gone
    stage.clearml.queues.delete(gone.id)
    stage.enqueue(tasks=3)
    stage.play(MINUTE)
    assert stage.living() == 3
    assert "soon gone" in stage.reasons(Cause.QUEUE_MISSING)


def test_a_hidden_queue_among_501_is_served(stage: WebStage) -> None:
    for number in range(PAGE + 1):
        stage.clearml.queues.create(f"other {number:03}")
    stage.enqueue("hidden one", tasks=3)
    before = len(stage.server.log)
    stage.play(MINUTE)
    assert stage.living() == 3
    calls = [line.endpoint for line in list(stage.server.log)[before:]]
    assert sorted(calls) == ["queues.get_all", "workers.get_all"]


def test_501_watched_queues_take_three_calls_a_tick() -> None:
    names = tuple(f"queue {number:03}" for number in range(PAGE + 1))
    found = WebStage(resource(queues=names))
    with StandIn(now=found.clock.now) as server:
        found.connect(server)
        found.enqueue(names[-1], tasks=2)
        found.play()
        before = len(server.log)
        found.play(MINUTE)
        calls = [line.endpoint for line in list(server.log)[before:]]
    assert found.living() == 2
    assert sorted(calls) == ["queues.get_all", "queues.get_all", "workers.get_all"]


def test_refused_credentials_stop_nothing_and_are_named(stage: WebStage) -> None:
    stage.server.faults.add(match="*", status=401, subcode=22, message="invalid credentials")
    stage.minutes(10)
    assert stage.living() == 2
    assert stage.did_not(Cause.CREDENTIALS_REFUSED).remedy.startswith("check clearml.access_key")
