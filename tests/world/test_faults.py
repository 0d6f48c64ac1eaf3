"""Every fault that can be ordered, as a client meets it."""

from __future__ import annotations

import http.client
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from autoscaler.world.faults import Faults
from tests.world.client import Client
from tests.world.model import START, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autoscaler.world.server import StandIn

PATH = "/queues.get_all"


@pytest.fixture
def client(standin: StandIn) -> Iterator[Client]:
    with Client(standin) as client:
        yield client


@pytest.mark.parametrize(
    ("fault", "status", "headers"),
    [
        pytest.param({"status": 500}, 500, {}, id="an internal error"),
        pytest.param(
            {"status": 429, "headers": {"Retry-After": "7"}},
            429,
            {"retry-after": "7"},
            id="a brake",
        ),
        pytest.param(
            {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}},
            302,
            {"location": "http://127.0.0.1:1/"},
            id="a redirect elsewhere",
        ),
    ],
)
def test_an_answer_can_be(
    fault: dict[str, Any], status: int, headers: dict[str, str], standin: StandIn, client: Client
) -> None:
    standin.faults.add(**fault)
    answer = client.post(PATH)

    assert answer.status == status
    assert answer.headers.items() >= headers.items()
    assert answer.data() == {}


def test_an_answer_can_come_from_a_proxy(standin: StandIn, client: Client) -> None:
    standin.faults.add(status=502, body="<html>Bad Gateway</html>")

    assert client.post(PATH).body == b"<html>Bad Gateway</html>"


def test_an_answer_can_refuse_in_clearml_s_words(standin: StandIn, client: Client) -> None:
    standin.faults.add(status=400, subcode=121, message="someone else was faster")
    meta = json.loads(client.post("/tasks.enqueue").body)["meta"]

    assert (meta["result_code"], meta["result_subcode"]) == (400, 121)
    assert meta["endpoint"]["name"] == "tasks.enqueue"


def test_an_answer_can_be_shorter_than_promised(standin: StandIn, client: Client) -> None:
    standin.faults.add(truncate="length", times=1)
    with pytest.raises(http.client.IncompleteRead):
        client.post(PATH)

    client.connection.close()
    assert client.post(PATH).status == 200


def test_an_answer_can_be_cut_in_the_middle(standin: StandIn, client: Client) -> None:
    standin.faults.add(truncate="json")
    answer = client.post(PATH)

    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        answer.data()


def test_a_connection_can_be_dropped(standin: StandIn, client: Client) -> None:
    standin.faults.add(drop=True, times=1)
    with pytest.raises(http.client.RemoteDisconnected):
        client.post(PATH)

    assert client.post(PATH).status == 200
    assert [line.dropped for line in standin.log] == [True, False]


def test_an_answer_can_be_late(standin: StandIn, client: Client) -> None:
    standin.faults.add(delay=30)
    client.connection.timeout = 0.05

    with pytest.raises(TimeoutError):
        client.post(PATH)


@pytest.mark.parametrize(
    ("handled", "created"),
    [
        pytest.param(False, False, id="and nothing happened"),
        pytest.param(True, True, id="and yet it happened"),
    ],
)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"drop": True}, id="the connection is dropped"),
        pytest.param({"status": 500}, id="the answer is 500"),
    ],
)
def test_a_call_fails(
    fault: dict[str, Any], handled: bool, created: bool, standin: StandIn, client: Client
) -> None:
    standin.faults.add(**fault, handled=handled)
    try:
        client.post("/queues.create", name="once")
    except http.client.RemoteDisconnected:
        assert fault == {"drop": True}

    assert (standin.world.queues.find("once") is not None) is created


def test_revoked_tokens_answer_401_and_a_new_login_helps(standin: StandIn, client: Client) -> None:
    token = client.post("/auth.login").data()["token"]
    client._headers["Authorization"] = f"Bearer {token}"  # noqa: SLF001 - as a client would
    assert client.post(PATH).status == 200
    standin.world.users.revoke_tokens()

    assert client.post(PATH).status == 401


@pytest.mark.parametrize(
    ("fault", "hits"),
    [
        pytest.param({}, "xxxx", id="always"),
        pytest.param({"times": 2}, "xx..", id="twice"),
        pytest.param({"times": 0}, "....", id="never"),
        pytest.param({"until": START + timedelta(seconds=2)}, "xx..", id="until a moment"),
        pytest.param({"match": "queues.get_*"}, "xxxx", id="for endpoints that match"),
        pytest.param({"match": "tasks.*"}, "....", id="not for others"),
    ],
)
def test_a_fault_strikes(fault: dict[str, Any], hits: str) -> None:
    faults, clock, struck = Faults(), Clock(), ""
    faults.add(status=500, **fault)
    for _ in range(4):
        struck += "x" if faults.take("queues.get_all", clock()) else "."
        clock.advance(seconds=1)

    assert struck == hits


def test_the_first_fault_comes_first_and_then_the_next() -> None:
    faults = Faults()
    faults.add(status=503, times=1)
    faults.add(status=429, times=1)
    struck = [faults.take("any", START) for _ in range(3)]

    assert [fault and fault.status for fault in struck] == [503, 429, None]
    faults.add(status=500)
    faults.clear()
    assert faults.take("any", START) is None


def test_a_misspelt_fault_is_refused() -> None:
    with pytest.raises(ValidationError):
        Faults().add(stauts=500)


def test_a_fault_knows_when_it_ends_in_any_zone() -> None:
    faults = Faults()
    faults.add(status=500, until=datetime.fromisoformat("2026-11-23T13:30:00+01:00"))

    assert faults.take("any", START) is not None
    assert faults.take("any", START + timedelta(minutes=30)) is None
