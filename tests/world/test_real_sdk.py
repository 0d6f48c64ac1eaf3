"""The real ClearML SDK takes the stand-in for ClearML."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from autoscaler.world.python_task import python_task
from autoscaler.world.server import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.slow,  # to import the SDK takes three seconds
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # the SDK's own
]


@pytest.fixture(scope="module")
def sdk() -> Any:
    return import_module("clearml.backend_api.session.client")


@pytest.fixture(scope="module")
def client(sdk: Any) -> Iterator[Any]:
    with StandIn() as standin:
        session = sdk.StrictSession(
            host=standin.url,
            api_key=standin.credentials.access_key,
            secret_key=standin.credentials.secret_key,
            initialize_logging=False,
        )
        yield sdk.APIClient(session=session)


def test_it_creates_enqueues_and_finds(client: Any) -> None:
    queue = client.queues.create(name="sdk queue", tags=["a"])
    task = client.tasks.create(**python_task("from the SDK", "print(1)"))
    client.tasks.enqueue(task=task.id, queue=queue.id)

    (found,) = client.queues.get_all(name="^sdk queue$")
    assert (found.id, [entry.task for entry in found.entries]) == (queue.id, [task.id])
    (waiting,) = client.tasks.get_all(status=["queued"], only_fields=["id", "status"])
    assert waiting.id == task.id


def test_it_registers_and_lists_workers(client: Any) -> None:
    queue = client.queues.create(name="watched")
    client.workers.register(worker="prefix:cpu:m5:i-1", queues=[queue.id], timeout=600)

    (worker,) = client.workers.get_all(last_seen=3600)
    assert (worker.id, [q.name for q in worker.queues]) == ("prefix:cpu:m5:i-1", ["watched"])
    client.workers.unregister(worker="prefix:cpu:m5:i-1")
    assert list(client.workers.get_all()) == []


def test_it_understands_a_refusal(sdk: Any, client: Any) -> None:
    with pytest.raises(sdk.APIError) as refused:
        client.queues.get_by_id(queue="nope")

    assert (refused.value.code, refused.value.subcode) == (400, 701)
