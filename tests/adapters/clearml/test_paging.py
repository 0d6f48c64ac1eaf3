"""How many calls a look takes, and lists that move while they are read."""

from collections.abc import Sequence
from typing import Any

import pytest

from autoscaler.adapters.clearml import ClearmlClient, ClearmlQueues, ClearmlTasks, ClearmlWorkers
from autoscaler.adapters.clearml.queues import exactly
from autoscaler.errors import UnavailableError
from autoscaler.world.clearml import Queue
from autoscaler.world.server import StandIn
from tests.adapters.clearml.canned import Answer, Asked, envelope, logged_in, serving
from tests.adapters.clearml.pace import connect


def made(standin: StandIn, count: int, name: str = "queue") -> list[Queue]:
    return [standin.world.queues.create(f"{name} {number:04}") for number in range(count)]


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_tick_is_two_calls_for_500_queues(
    standin: StandIn, client: ClearmlClient, by: str
) -> None:
    refs = [getattr(queue, by) for queue in made(standin, 500)]
    made(standin, 300, "not asked for")
    client.version()
    before = len(standin.log)
    ClearmlWorkers(client).read(["aws1"])
    assert len(ClearmlQueues(client).read(refs)) == 500
    assert [line.endpoint for line in list(standin.log)[before:]] == [
        "workers.get_all",
        "queues.get_all",
    ]


def test_names_and_ids_together_take_one_call_on_a_server_of_500(
    standin: StandIn, client: ClearmlClient
) -> None:
    queues = made(standin, 499)
    refs = [queue.id if index % 2 else queue.name for index, queue in enumerate(queues)]
    assert len(ClearmlQueues(client).read(refs)) == 499
    assert len(standin.log.of("queues.get_all")) == 1


def test_a_hidden_queue_costs_no_further_call(standin: StandIn, client: ClearmlClient) -> None:
    hidden = standin.world.queues.create("hidden", system_tags=["k8s-glue"])
    assert len(ClearmlQueues(client).read([hidden.id, "default"])) == 2
    assert len(standin.log.of("queues.get_all")) == 1


@pytest.mark.parametrize("by", ["name", "id"])
def test_one_queue_more_is_one_call_more(standin: StandIn, client: ClearmlClient, by: str) -> None:
    refs = [getattr(queue, by) for queue in made(standin, 501)]
    assert len(ClearmlQueues(client).read(refs)) == 501
    assert len(standin.log.of("queues.get_all")) == 2


def test_a_missing_queue_costs_a_small_setup_nothing(
    standin: StandIn, client: ClearmlClient
) -> None:
    ClearmlQueues(client).read(["default", "missing"])
    assert len(standin.log.of("queues.get_all")) == 1


def test_long_names_are_asked_for_in_patterns_that_the_database_takes(
    standin: StandIn, client: ClearmlClient
) -> None:
    queues = made(standin, 500, "ü" * 40)
    assert len(ClearmlQueues(client).read([queue.name for queue in queues])) == 500
    assert len(standin.log.of("queues.get_all")) == 2


def test_only_what_is_special_is_escaped() -> None:
    assert exactly(["a.b (gpu)+[x]", "ü-q #1"]) == r"^(?:a\.b \(gpu\)\+\[x\]|ü-q #1)$"


class Shelf:
    """A server whose list of tasks changes after each look, and whose pages may be small."""

    def __init__(self, count: int, *, cap: int = 500, taken: int = 0) -> None:
        self.ids = [f"{number:05}" for number in range(count)]
        self._cap = cap
        self._taken = taken

    def __call__(self, asked: Asked) -> Answer:
        if asked.endpoint == "queues.get_all":
            return envelope({"queues": []})
        assert asked.body["order_by"] == ["id"]
        size = min(asked.body["page_size"], self._cap)
        start = asked.body["page"] * size
        shown = [self._task(task_id) for task_id in self.ids[start : start + size]]
        del self.ids[: self._taken]
        return envelope({"tasks": shown})

    @staticmethod
    def _task(task_id: str) -> dict[str, Any]:
        return {"id": task_id, "status": "queued", "execution": {"queue": "q"}}


def unreported(shelf: Shelf) -> Sequence[str]:
    with serving(logged_in(shelf)) as server:
        return ClearmlTasks(connect(server.url)).unreported(["q"])


@pytest.mark.parametrize("count", [0, 1, 49, 50, 499, 500, 501, 990, 3000, 8000])
@pytest.mark.parametrize("cap", [500, 100])
def test_a_list_is_read_to_its_end_whatever_the_servers_page_is(count: int, cap: int) -> None:
    shelf = Shelf(count, cap=cap)
    assert list(unreported(shelf)) == shelf.ids


@pytest.mark.parametrize("taken", [1, 9])
def test_nothing_slips_through_while_a_list_shrinks(taken: int) -> None:
    shelf = Shelf(2000, taken=taken)
    found = unreported(shelf)
    assert len(set(found)) == len(found)
    assert set(found) >= set(shelf.ids)


def test_a_list_that_shrinks_faster_than_it_can_be_read_is_not_read() -> None:
    with pytest.raises(UnavailableError, match="changed too fast"):
        unreported(Shelf(2000, taken=200))


def test_a_list_that_pages_do_not_get_us_through_is_not_read() -> None:
    with pytest.raises(UnavailableError, match="too long"):
        unreported(Shelf(20_000, cap=100))


def test_a_server_that_does_not_know_pages_is_not_believed() -> None:
    tasks = [{"id": str(n), "status": "queued", "execution": {"queue": "q"}} for n in range(500)]
    with (
        serving(logged_in(lambda _: envelope({"tasks": tasks}))) as server,
        pytest.raises(UnavailableError, match="too long"),
    ):
        ClearmlTasks(connect(server.url)).unreported(["q"])


@pytest.mark.parametrize("foreign", [{"status": "stopped"}, {"execution": {"queue": "other"}}, {}])
def test_an_older_server_may_overlook_a_filter(foreign: dict[str, object]) -> None:
    task = {"id": "t", "status": "queued", **foreign}
    with serving(logged_in(lambda _: envelope({"tasks": [task]}))) as server:
        assert not ClearmlTasks(connect(server.url)).unreported(["q"])
