"""The protocol around the calls: versions, bodies, and what is refused before anything runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from autoscaler.world.api import Api, Request

if TYPE_CHECKING:
    from autoscaler.world.clearml import ClearML
    from tests.world.model import Caller, Clock


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        pytest.param("/queues.get_all", (200, "2.34", "2.4"), id="none is the newest"),
        pytest.param("/v2.23/queues.get_all", (200, "2.23", "2.4"), id="the next lower is used"),
        pytest.param("/v99.0/queues.get_all", (200, "99.0", "2.4"), id="too high is no mistake"),
        pytest.param("/v2.3/queues.get_all", (404, "2.3", None), id="too low finds nothing"),
        pytest.param("/v2/queues.get_all", (404, "2", None), id="a bare major counts as .0"),
        pytest.param("/queues.get_all/", (200, "2.34", "2.4"), id="a final slash is overlooked"),
        pytest.param("/a/b/c", (404, "2.34", None), id="other paths find nothing"),
    ],
)
def test_a_version(path: str, outcome: tuple[int, str, str | None], caller: Caller) -> None:
    response = caller.send(path, b"{}")

    endpoint = json.loads(response.body)["meta"]["endpoint"]
    told = (endpoint["requested_version"], endpoint["actual_version"])
    assert (response.status, *told) == outcome


@pytest.mark.parametrize(
    ("endpoint", "body", "refusal"),
    [
        pytest.param("queues.get_by_id", b"{", (400, 12), id="broken JSON"),
        pytest.param("queues.get_by_id", b"[]", (400, 12), id="JSON that is no object"),
        pytest.param("queues.get_by_id", b"{}", (400, 12), id="a missing field"),
        pytest.param(
            "queues.get_by_id", b'{"queue":[1]}', (400, 12), id="a field of another type"
        ),
        pytest.param("queues.get_all", b'{"page":-1}', (400, 12), id="a page before the first"),
        pytest.param("queues.get_all", b'{"scroll_id":"x"}', (400, 12), id="an unknown scroll"),
        pytest.param("tasks.get_all", b'{"name":"("}', (400, 21), id="a broken expression"),
        pytest.param("nope.nope", b"{", (404, 0), id="an endpoint that is not there"),
        pytest.param("workers.set_runtime_properties", b"{}", (404, 0), id="what is Enterprise's"),
    ],
)
def test_it_refuses(endpoint: str, body: bytes, refusal: tuple[int, int], caller: Caller) -> None:
    response = caller.send(f"/{endpoint}", body)

    answer = json.loads(response.body)
    assert (response.status, answer["meta"]["result_subcode"]) == refusal
    assert answer["data"] == {}


def test_a_compressed_body_is_refused(caller: Caller) -> None:
    assert caller.send("/queues.get_all", b"{}", **{"content-encoding": "gzip"}).status == 415


def test_an_unknown_field_is_overlooked(caller: Caller) -> None:
    assert caller.refusal("queues.get_all", something_new=True) == (200, 0)


def test_get_with_a_body_is_as_good_as_post(world: ClearML, caller: Caller) -> None:
    request = Request(
        method="GET",
        path="/queues.get_all",
        headers=caller.headers,
        body=b'{"name":"^default$","only_fields":["name"]}',
    )
    (queue,) = json.loads(Api(world).handle(request).body)["data"]["queues"]

    assert queue == {"id": world.queues.default().id, "name": "default"}


def test_ping_asks_for_no_credentials(world: ClearML) -> None:
    assert Api(world).handle(Request(path="/debug.ping")).status == 200


@pytest.mark.parametrize(
    ("microseconds", "shown"),
    [
        pytest.param(123_456, "2026-11-23T12:00:00.123000+00:00", id="to the millisecond"),
        pytest.param(0, "2026-11-23T12:00:00+00:00", id="without a fraction when there is none"),
    ],
)
def test_a_document_keeps_its_time(
    microseconds: int, shown: str, world: ClearML, clock: Clock, caller: Caller
) -> None:
    clock.advance(microseconds=microseconds)
    task = world.tasks.create("t").id

    assert caller.ask("tasks.get_by_id", task=task)["task"]["created"] == shown


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        pytest.param(["good", "good"], (200, 0, 2), id="all are added"),
        pytest.param(["good", "bad"], (200, 0, 1), id="the good are added, the bad are counted"),
        pytest.param(["bad"], (400, 131, 0), id="none is added"),
        pytest.param([], (200, 0, 0), id="there are none"),
    ],
)
def test_of_a_batch_of_events(
    lines: list[str], outcome: tuple[int, int, int], world: ClearML, caller: Caller
) -> None:
    task = world.tasks.create("t").id
    events = {
        "good": {"type": "log", "task": task, "msg": "hello\n", "worker": "w", "level": "INFO"},
        "bad": {"type": "log", "task": "nope", "msg": "lost\n"},
    }
    body = "\n".join(json.dumps(events[line]) for line in lines).encode()
    response = caller.send("/events.add_batch", body, **{"content-type": "application/json-lines"})

    meta = json.loads(response.body)["meta"]
    added = world.events.of(task)
    assert (response.status, meta["result_subcode"], len(added)) == outcome
    assert world.events.console(task) == "hello\n" * len(added)


def test_the_console_is_read_back_newest_first(world: ClearML, caller: Caller) -> None:
    task = world.tasks.create("t").id
    world.events.add({"type": "log", "task": task, "msg": text} for text in "abc")
    answer = caller.ask("events.get_task_log", task=task, batch_size=2)

    assert [event["msg"] for event in answer["events"]] == ["c", "b"]
    assert (answer["total"], answer["returned"]) == (3, 2)
