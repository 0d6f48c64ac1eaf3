"""An address that is not the API server's: nothing is told to it, and the remedy is named."""

import json

import pytest
from pydantic import ValidationError

from autoscaler.adapters.clearml import ClearmlQueues, ClearmlWorkers
from autoscaler.adapters.clearml.envelope import Asked, opened
from autoscaler.adapters.clearml.transport import Reply
from autoscaler.errors import UnavailableError
from tests.adapters.clearml.canned import Answer, envelope, logged_in, serving
from tests.adapters.clearml.pace import connect, settings_for

PAGE = b"<!DOCTYPE html><html><title>ClearML</title></html>"
HTML = {"Content-Type": "text/html"}
WORKER = {"id": "aws1:gpu"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_gets_no_credentials(status: int) -> None:
    with serving(lambda _: envelope({"token": "t"})) as elsewhere:
        location = f"{elsewhere.url}/auth.login?key=hidden"
        moved = Answer(status, headers={"Location": location})
        with serving(lambda _: moved) as server, pytest.raises(UnavailableError) as caught:
            connect(server.url).call("queues.get_all", {})
    message = str(caught.value)
    assert elsewhere.asked == []
    assert len(server.asked) == 1
    assert f"redirects to {elsewhere.url}/auth.login," in message
    assert "hidden" not in message
    assert "set clearml.api to the API server" in message


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("/login", "redirects to /login,"),
        ("https://u:secret@host/x", "redirects to https://host/x,"),
        ("", "redirects to ,"),
    ],
)
def test_a_location_is_named_without_secrets(location: str, shown: str) -> None:
    moved = Answer(302, headers={"Location": location})
    with serving(lambda _: moved) as server, pytest.raises(UnavailableError, match=shown):
        connect(server.url).call("queues.get_all", {})


@pytest.mark.parametrize("status", [200, 401, 403, 404, 405])
def test_the_web_server_is_recognised(status: int) -> None:
    page = Answer(status, PAGE, HTML)
    with serving(lambda _: page) as server, pytest.raises(UnavailableError) as caught:
        connect(server.url).call("queues.get_all", {})
    assert type(caught.value) is UnavailableError
    assert "a web page" in str(caught.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("url", "guess"),
    [
        ("https://app.clear.ml", "https://api.clear.ml"),
        ("https://files.clear.ml", "https://api.clear.ml"),
        ("https://app.clearml.example.com/x", "https://api.clearml.example.com"),
        ("http://10.0.0.7:8080", "http://10.0.0.7:8008"),
        ("http://10.0.0.7:8081", "http://10.0.0.7:8008"),
        ("https://clearml.example.com", ""),
    ],
)
def test_the_remedy_guesses_where_the_api_is(url: str, guess: str) -> None:
    with pytest.raises(UnavailableError) as caught:
        opened(Asked("auth.login", url), Reply(200, HTML, PAGE))
    guessed = f", perhaps {guess}" if guess else ""
    assert str(caught.value).endswith(f"set clearml.api to the API server's address{guessed}")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"OK", id="plain text"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"data": {}}', id="no meta"),
        pytest.param(b'{"meta": {"result_code": 200}}', id="no data"),
        pytest.param(b'{"meta": {"result_code": 200}, "data": []}', id="data that is a list"),
        pytest.param(b"\xff\xfe", id="no text"),
    ],
)
def test_what_is_not_in_clearmls_envelope_is_no_answer(body: bytes) -> None:
    odd = Answer(200, body)
    with (
        serving(logged_in(lambda _: odd)) as server,
        pytest.raises(UnavailableError, match="something else in place of ClearML's meta"),
    ):
        connect(server.url).call("queues.get_all", {})


def test_the_envelope_must_agree_with_the_status() -> None:
    odd = Answer(200, envelope(status=500).body)
    with (
        serving(logged_in(lambda _: odd)) as server,
        pytest.raises(UnavailableError, match="HTTP 200 around code 500"),
    ):
        connect(server.url).call("queues.get_all", {})


@pytest.mark.parametrize(
    ("data", "named"),
    [
        pytest.param({}, "queues", id="no list"),
        pytest.param({"queues": None}, "queues", id="nothing for a list"),
        pytest.param({"queues": [{"id": "1", "entries": []}]}, "queues.0.name", id="no name"),
        pytest.param({"queues": [{"id": "1", "name": "gpu"}]}, "queues.0.entries", id="no tasks"),
        pytest.param(
            {"queues": [{"id": "1", "name": "gpu", "entries": [{"task": "t"}]}]},
            "queues.0.entries.0.added",
            id="an entry without its time",
        ),
    ],
)
def test_a_list_that_lacks_something_is_refused_as_a_whole(
    data: dict[str, object], named: str
) -> None:
    with (
        serving(logged_in(lambda _: envelope(data))) as server,
        pytest.raises(UnavailableError, match=rf"queues\.get_all: {named}:"),
    ):
        ClearmlQueues(connect(server.url)).read(["gpu"])


def test_what_a_worker_may_lack() -> None:
    bare = {**WORKER, "task": None, "queues": None, "user": None}
    with serving(logged_in(lambda _: envelope({"workers": [bare, WORKER]}))) as server:
        workers = ClearmlWorkers(connect(server.url)).read(["aws1"])
    assert [(w.task, w.queues, w.user, w.last_report) for w in workers] == [("", (), "", None)] * 2


def test_a_time_without_a_zone_is_utc() -> None:
    worker = {**WORKER, "last_report_time": "2026-11-23T15:53:14"}
    with serving(logged_in(lambda _: envelope({"workers": [worker]}))) as server:
        (found,) = ClearmlWorkers(connect(server.url)).read(["aws1"])
    assert found.last_report
    assert found.last_report.isoformat() == "2026-11-23T15:53:14+00:00"


@pytest.mark.parametrize(
    "url", ["", "api.clear.ml", "ftp://api.clear.ml", "https://", "https://k:s@host", "http://h?x"]
)
def test_an_address_that_cannot_be_one_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings_for(url)
    assert "address" in str(caught.value)
    assert "k:s@" not in str(caught.value)


def test_a_path_before_the_endpoint_is_kept() -> None:
    with serving(logged_in(lambda _: envelope({"queues": []}))) as server:
        connect(f"{server.url}/clearml/api/").call("queues.get_all", {})
    assert server.asked[0].path == "/clearml/api/auth.login"
    assert json.dumps(server.asked[0].body) == '{"expiration_sec": 86400}'
