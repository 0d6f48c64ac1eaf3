"""What passes is tried again, for a bounded time; what is not whole is no answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate

import pytest

from autoscaler.adapters.clearml import ClearmlClient, ClearmlQueues, ClearmlWorkers
from autoscaler.errors import UnavailableError
from autoscaler.world.server import StandIn
from tests.adapters.clearml.pace import START, Pace, connect, connect_to, settings_for


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 509])
def test_a_server_in_trouble_is_asked_again(
    standin: StandIn, client: ClearmlClient, pace: Pace, status: int
) -> None:
    standin.faults.add(match="queues.*", status=status, times=2)
    assert ClearmlQueues(client).read(["default"])
    assert pace.slept == [0.5, 1.0]


def test_a_server_that_stays_in_trouble_is_given_up(
    standin: StandIn, client: ClearmlClient
) -> None:
    standin.faults.add(match="queues.*", status=503, message="no primary")
    with pytest.raises(UnavailableError, match=r"queues\.get_all at http.*no primary.*3 tries"):
        ClearmlQueues(client).read(["default"])
    assert len(standin.log.of("queues.get_all")) == 3


def test_a_login_is_tried_again_too(standin: StandIn, client: ClearmlClient) -> None:
    standin.faults.add(match="auth.login", status=502, body="<html>bad gateway</html>", times=2)
    assert ClearmlQueues(client).read(["default"])


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        pytest.param("7", 7.0, id="seconds"),
        pytest.param(formatdate(START + 5, usegmt=True), 5.0, id="a date"),
        pytest.param("0", 0.5, id="our own pause is the least"),
        pytest.param(formatdate(START - 5, usegmt=True), 0.5, id="a date gone by"),
        pytest.param("soon", 0.5, id="nonsense"),
        pytest.param("Mon, 01 Jan 2035 00:00:00 -0000", 0.5, id="a date without a zone"),
    ],
)
def test_the_server_may_say_how_long_to_wait(
    standin: StandIn, client: ClearmlClient, pace: Pace, header: str, pause: float
) -> None:
    standin.faults.add(match="queues.*", status=429, headers={"Retry-After": header}, times=1)
    assert ClearmlQueues(client).read(["default"])
    assert pace.slept == [pause]


def test_nobody_waits_longer_than_a_call_may_take(
    standin: StandIn, client: ClearmlClient, pace: Pace
) -> None:
    standin.faults.add(match="queues.*", status=429, headers={"Retry-After": "3600"})
    with pytest.raises(UnavailableError, match="429"):
        ClearmlQueues(client).read(["default"])
    assert pace.slept == []


def test_chance_halves_a_pause_at_most(standin: StandIn, pace: Pace) -> None:
    standin.faults.add(status=500)
    settings = settings_for(standin.url)
    client = ClearmlClient(settings, monotonic=pace.monotonic, sleep=pace.sleep, dice=lambda: 1.0)
    with pytest.raises(UnavailableError):
        client.call("queues.get_all", {})
    assert pace.slept == [0.25, 0.5]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"truncate": "length"}, id="fewer bytes than promised"),
        pytest.param({"truncate": "json"}, id="JSON that breaks off"),
        pytest.param({"drop": True}, id="no answer"),
    ],
)
@pytest.mark.parametrize("endpoint", ["auth.login", "queues.get_all", "workers.get_all"])
def test_an_answer_that_is_not_whole_is_no_answer(
    standin: StandIn, fault: dict[str, object], endpoint: str
) -> None:
    def look() -> None:
        client = connect_to(standin)
        ClearmlQueues(client).read(["default"])
        ClearmlWorkers(client).read(["aws1"])

    standin.faults.add(match=endpoint, times=2, **fault)
    look()
    standin.faults.add(match=endpoint, **fault)
    with pytest.raises(UnavailableError, match=endpoint):
        look()


def test_a_write_that_landed_unheard_is_not_an_error(
    standin: StandIn, client: ClearmlClient
) -> None:
    standin.faults.add(match="queues.create", drop=True, handled=True, times=1)
    ClearmlQueues(client).create("gpu")
    assert standin.world.queues.find("gpu")
    assert [line.subcode for line in standin.log.of("queues.create")][1:] == [801]


def test_a_server_that_is_not_there_is_unavailable(pace: Pace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UnavailableError, match=rf"auth\.login at http://127\.0\.0\.1:{port}"):
        connect(f"http://127.0.0.1:{port}", pace).call("queues.get_all", {})
    assert len(pace.slept) == 2


def test_a_silent_server_does_not_hold_us(standin: StandIn) -> None:
    standin.faults.add(match="queues.*", delay=5)
    client = connect_to(standin, read_seconds=0.05, tries=2)
    with pytest.raises(UnavailableError, match="timed out"):
        client.call("queues.get_all", {})


@contextmanager
def trickling() -> Iterator[str]:
    """A server that sends its answer a byte at a time, and never the last."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                while not over.wait(0.01):
                    connection.sendall(b" ")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def test_a_trickling_server_does_not_hold_us() -> None:
    with trickling() as url:
        client = ClearmlClient(settings_for(url, total_seconds=0.2))
        with pytest.raises(UnavailableError, match="took too long"):
            client.call("queues.get_all", {})
