"""What the real server answered, and what the adapter makes of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from autoscaler.adapters.clearml import (
    ClearmlQueues,
    ClearmlTasks,
    ClearmlWorkers,
    MissingEndpointError,
    RejectedError,
)
from autoscaler.core.seen import Queue, Worker
from autoscaler.errors import CredentialsError, UnavailableError
from tests.adapters.clearml.canned import Answer, Script, envelope, logged_in, serving
from tests.adapters.clearml.pace import connect

GOLDEN = Path(__file__).parents[2] / "world" / "golden.jsonl"
CALLS: list[dict[str, Any]] = [json.loads(line) for line in GOLDEN.read_text().splitlines()]
ERRORS = {401: CredentialsError, 404: MissingEndpointError, 400: RejectedError}
QUEUE = "d969016e59c94b47a29506b80351cf1a"
TASKS = ("3a30b91f0f97468598b625cda463bb1d", "8da97497563548998970cad8c68bd4f7")


def replayed(call: dict[str, Any]) -> Script:
    body = json.dumps(call["response"]).encode()
    answer = Answer(call["status"], body, {"Content-Type": "application/json"})
    return lambda _asked: answer


def rows(*, good: bool) -> list[Any]:
    return [
        pytest.param(
            call,
            id=f"{number:02} {call['path'][1:]}"
            f" {call['status']}/{call['response']['meta']['result_subcode']}",
        )
        for number, call in enumerate(CALLS, 1)
        if (call["status"] == 200) is good
    ]


def endpoint(call: dict[str, Any]) -> str:
    return str(call["path"].rpartition("/")[2])


@pytest.mark.parametrize("call", rows(good=True))
def test_a_good_answer_is_its_data(call: dict[str, Any]) -> None:
    script = replayed(call)
    with serving(logged_in(script)) as server:
        if endpoint(call) in {"auth.login", "server.info"}:
            assert connect(server.url).version() == (2, 34)
            return
        data = connect(server.url).call(endpoint(call), call["request"])
    assert data == call["response"]["data"]
    assert server.asked[-1].body == call["request"]


@pytest.mark.parametrize("call", rows(good=False))
def test_a_refusal_is_named_for_what_to_do(call: dict[str, Any]) -> None:
    script = replayed(call)
    to_login = endpoint(call) == "auth.login"
    with serving(script if to_login else logged_in(script)) as server:
        client = connect(server.url)
        with pytest.raises(ERRORS.get(call["status"], UnavailableError)) as caught:
            client.call(endpoint(call), call["request"])
    assert call["response"]["meta"]["result_msg"] in str(caught.value)
    if isinstance(caught.value, RejectedError):
        meta = call["response"]["meta"]
        assert (caught.value.status, caught.value.subcode) == (
            call["status"],
            meta["result_subcode"],
        )


def only(path: str, **request: Any) -> list[dict[str, Any]]:
    """The good calls of this path that asked for at least this."""
    return [
        call
        for call in CALLS
        if call["path"] == path
        and call["status"] == 200
        and request.items() <= call["request"].items()
    ]


def test_recorded_queues_are_read() -> None:
    (call,) = only("/queues.get_all", name="^gpu$")
    with serving(logged_in(replayed(call))) as server:
        found = ClearmlQueues(connect(server.url)).read(["gpu"])
    assert list(found) == [Queue(id=QUEUE, name="gpu", waiting=0, oldest=None, tags=("a",))]


def test_recorded_entries_are_counted() -> None:
    full = only("/queues.get_by_id", queue=QUEUE)[0]["response"]["data"]["queue"]
    body = {"meta": CALLS[2]["response"]["meta"], "data": {"queues": [full]}}
    with serving(logged_in(replayed({"status": 200, "response": body}))) as server:
        (queue,) = ClearmlQueues(connect(server.url)).read([QUEUE])
    oldest = datetime(2026, 11, 23, 15, 53, 14, 725000, UTC)
    assert queue == Queue(id=QUEUE, name="gpu", waiting=2, oldest=oldest, tags=("a",))


def test_recorded_workers_are_read() -> None:
    registered, reported, polling, busy = only("/workers.get_all")
    seen: list[Worker] = []
    for call in (registered, reported, polling, busy):
        with serving(logged_in(replayed(call))) as server:
            seen += ClearmlWorkers(connect(server.url)).read(["dynamic_worker"])
    one = Worker(
        id="dynamic_worker:gpu1:g4dn.xlarge:i-0abc", queues=(QUEUE,), user="__tests__", task=""
    )
    first = datetime(2026, 11, 23, 15, 53, 14, 775723, UTC)
    second = datetime(2026, 11, 23, 15, 53, 14, 801778, UTC)
    assert seen == [
        one,
        replace(one, last_report=first),
        replace(one, last_report=first),
        replace(one, last_report=second, task=TASKS[0]),
    ]


def test_recorded_tasks_are_read() -> None:
    call = next(call for call in only("/tasks.get_all") if "last_worker" in str(call["request"]))
    with serving(logged_in(replayed(call))) as server:
        tasks = ClearmlTasks(connect(server.url))
        assert [t.id for t in tasks.held_by(["dynamic_worker:gpu1:g4dn.xlarge:i-0abc"])] == [
            TASKS[0]
        ]
        assert not tasks.held_by(["dynamic_worker:gpu1:g4dn.xlarge:i-0def"])


@pytest.mark.parametrize("worker", ["dynamic_worker:gpu1:g4dn.xlarge:i-0abc", "zzz"])
def test_unregistering_is_fine_as_recorded(worker: str) -> None:
    (call,) = only("/workers.unregister", worker=worker)
    with serving(logged_in(replayed(call))) as server:
        ClearmlWorkers(connect(server.url)).unregister(worker)
    assert server.asked[-1].body == {"worker": worker}


@pytest.mark.parametrize("subcode", [1001, 1004])
def test_an_unknown_worker_is_unregistered_already(subcode: int) -> None:
    refusal = envelope(status=400, subcode=subcode, message="unknown worker")
    with serving(logged_in(lambda _: refusal)) as server:
        ClearmlWorkers(connect(server.url)).unregister("zzz")


def test_any_other_refusal_of_a_write_is_told() -> None:
    refusal = envelope(status=400, subcode=131, message="no")
    with serving(logged_in(lambda _: refusal)) as server:
        client = connect(server.url)
        with pytest.raises(RejectedError):
            ClearmlWorkers(client).unregister("zzz")
        with pytest.raises(RejectedError):
            ClearmlQueues(client).create("gpu")
