"""The server itself: connections, its log, its orders from outside, many clients at once."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from autoscaler.world.clearml.users import Credentials
from autoscaler.world.server import StandIn
from tests.world.client import Client
from tests.world.eventually import eventually

if TYPE_CHECKING:
    from pathlib import Path


def test_a_connection_is_kept(standin: StandIn) -> None:
    with Client(standin) as client:
        client.post("/debug.ping")
        first = client.connection.sock
        client.post("/nope.nope")

        assert client.connection.sock is first


def test_it_listens_on_loopback_only(standin: StandIn) -> None:
    assert urlsplit(standin.url).hostname == "127.0.0.1"


def test_a_port_that_is_taken_is_refused_and_nothing_stays_open(
    standin: StandIn, tmp_path: Path
) -> None:
    with (
        pytest.raises(OSError, match="in use"),
        StandIn(port=port(standin), log_file=tmp_path / "server.jsonl"),
    ):
        pass


def test_a_length_that_is_no_number_is_refused(standin: StandIn) -> None:
    with socket.create_connection((urlsplit(standin.url).hostname, port(standin))) as connection:
        connection.sendall(b"POST /debug.ping HTTP/1.1\r\nContent-Length: x\r\n\r\n")

        assert connection.recv(64).startswith(b"HTTP/1.1 400")


def test_a_request_that_breaks_off_is_no_request(standin: StandIn) -> None:
    with socket.create_connection(("127.0.0.1", port(standin))) as connection:
        connection.sendall(b'POST /queues.create HTTP/1.1\r\nContent-Length: 99\r\n\r\n{"na')
        connection.shutdown(socket.SHUT_WR)

        assert connection.recv(64) == b""
    assert len(standin.log) == 0


def test_it_ends_although_clients_stay_connected() -> None:
    with StandIn() as standin, Client(standin) as silent, Client(standin) as busy:
        silent.connection.connect()
        busy.post("/debug.ping")
        standin.__exit__()

        with pytest.raises(ConnectionError):
            busy.post("/debug.ping")
        with pytest.raises(ConnectionRefusedError):
            Client(standin).post("/debug.ping")


def test_it_ends_although_an_answer_is_late() -> None:
    with StandIn() as standin, Client(standin) as client:
        standin.faults.add(delay=3600)
        client.connection.timeout = 0.05
        with pytest.raises(TimeoutError):
            client.post("/debug.ping")


def test_what_was_asked_is_logged(tmp_path: Path) -> None:
    file = tmp_path / "server.jsonl"
    with StandIn(log_file=file) as standin, Client(standin, worker="a:b:c:d") as client:
        queue = standin.world.queues.default().id
        task = standin.world.tasks.create("t").id
        client.post("/v2.23/tasks.enqueue", task=task, queue=queue)
        client.post("/queues.get_next_task", queue=queue)
        client.post("/workers.status_report", worker="a:b:c:d", timestamp=1)
        client.post("/queues.get_by_id", queue="nope")

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    told = ("endpoint", "version", "status", "subcode", "worker", "queue", "task")
    assert [tuple(line[name] for name in told) for line in lines] == [
        ("tasks.enqueue", "2.23", 200, 0, None, queue, task),
        ("queues.get_next_task", "2.34", 200, 0, None, queue, task),
        ("workers.status_report", "2.34", 200, 0, "a:b:c:d", None, None),
        ("queues.get_by_id", "2.34", 400, 701, None, "nope", None),
    ]
    assert {line["client"] for line in lines} == {"a:b:c:d"}


def test_the_log_has_no_secrets(tmp_path: Path) -> None:
    file = tmp_path / "server.jsonl"
    credentials = Credentials("the-access-key", "the-secret-key")
    with StandIn(log_file=file, credentials=credentials) as standin, Client(standin) as client:
        token = client.post("/auth.login").data()["token"]
        client.post("/tasks.create", name="t", type="training", script={"diff": "password"})

    logged = file.read_text()
    assert len(logged.splitlines()) == 2
    for secret in (token, "the-access-key", "the-secret-key", "password"):
        assert secret not in logged


def test_many_clients_pop_every_task_once(standin: StandIn) -> None:
    queue = standin.world.queues.default().id
    tasks = [standin.world.tasks.create("t").id for _ in range(100)]
    for task in tasks:
        standin.world.tasks.enqueue(task, queue)

    def pop_all(_: int) -> list[str]:
        popped = []
        with Client(standin) as client:
            while entry := client.post("/queues.get_next_task", queue=queue).data().get("entry"):
                popped.append(entry["task"])
        return popped

    with ThreadPoolExecutor(8) as pool:
        popped = [task for some in pool.map(pop_all, range(8)) for task in some]
    assert sorted(popped) == sorted(tasks)


def test_as_a_process_it_says_where_it_is_and_takes_orders(tmp_path: Path) -> None:
    file = tmp_path / "server.jsonl"
    command = [sys.executable, "-m", "autoscaler.world", "--log", str(file)]
    keys = ["--access-key", "key", "--secret-key", "secret"]
    with subprocess.Popen([*command, *keys], stdout=subprocess.PIPE) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            statuses = ordered_about(urlsplit(told["url"]).netloc)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()
    assert (told["access_key"], told["secret_key"]) == ("key", "secret")
    assert statuses == [200, 200, 503, 200, 200, 400, 400, 200, 404]
    assert len(file.read_text().splitlines()) == 3


def test_a_client_that_hangs_up_disturbs_nobody(
    standin: StandIn, capfd: pytest.CaptureFixture[str]
) -> None:
    standin.faults.add(delay=0.2, times=1)
    with socket.create_connection(("127.0.0.1", port(standin))) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(b"POST /debug.ping HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        eventually(lambda: standin.log.of("debug.ping"))

    with Client(standin) as client:
        assert client.post("/debug.ping").status == 200
    standin.__exit__()
    assert capfd.readouterr().err == ""


def port(standin: StandIn) -> int:
    found = urlsplit(standin.url).port
    assert found is not None
    return found


def ordered_about(address: str) -> list[int]:
    connection = http.client.HTTPConnection(address, timeout=5)
    orders = [
        ("POST", "/debug.ping", "{}"),
        ("POST", "/_standin/faults", '{"match":"debug.*","status":503}'),
        ("POST", "/debug.ping", "{}"),
        ("DELETE", "/_standin/faults", ""),
        ("POST", "/debug.ping", "{}"),
        ("POST", "/_standin/faults", '{"stauts":503}'),
        ("POST", "/_standin/faults", "[]"),
        ("POST", "/_standin/revoke_tokens", ""),
        ("POST", "/_standin/nothing", ""),
    ]
    statuses = []
    for method, path, body in orders:
        connection.request(method, path, body)
        with connection.getresponse() as response:
            response.read()
            statuses.append(response.status)
    connection.close()
    return statuses
