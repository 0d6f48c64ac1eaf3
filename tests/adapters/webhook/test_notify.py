"""Notices to a webhook: a real server on this computer takes them."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from autoscaler.adapters.webhook import WebhookNotifier
from autoscaler.core.notices import Notice
from autoscaler.errors import ConfigError, UnavailableError
from tests.core.make import NOW


class Chat(HTTPServer):
    """Answers with `statuses` in turn, then 200; keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses: list[int] = []
        self.sent: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/services/T0/SECRET"


class Handler(BaseHTTPRequestHandler):
    server: Chat

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.sent.append(json.loads(body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silence."""


@pytest.fixture
def chat() -> Iterator[Chat]:
    with Chat() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def notices(count: int = 1) -> list[Notice]:
    return [
        Notice(kind="foreign", key=f"k{i}", subject="s", text=f"machine {i} <is> foreign", at=NOW)
        for i in range(count)
    ]


def test_all_notices_are_one_message(chat: Chat) -> None:
    WebhookNotifier(chat.url, "lab").notify(notices(2))
    assert chat.sent == [
        {"text": "lab: machine 0 &lt;is&gt; foreign\nlab: machine 1 &lt;is&gt; foreign"}
    ]


def test_very_many_are_cut_short(chat: Chat) -> None:
    WebhookNotifier(chat.url, "lab").notify(notices(30))
    assert chat.sent[0]["text"].endswith("lab: and 10 more")


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_is_busy_is_asked_again(chat: Chat, status: int) -> None:
    chat.statuses = [status]
    WebhookNotifier(chat.url, "lab").notify(notices())
    assert len(chat.sent) == 2


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (302, 1), (503, 3)])
def test_a_refusal_is_told_without_the_address(chat: Chat, status: int, tries: int) -> None:
    chat.statuses = [status] * 9
    with pytest.raises(UnavailableError, match=f"the webhook answered {status}") as caught:
        WebhookNotifier(chat.url, "lab").notify(notices())
    assert len(chat.sent) == tries
    assert "SECRET" not in str(caught.value)


def test_what_is_no_address_is_refused_without_telling_it() -> None:
    with pytest.raises(ConfigError, match="webhook: its secret holds no web address"):
        WebhookNotifier("SECRET", "lab")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/SECRET", "http://SECRET at all:x"])
def test_a_server_that_is_not_there_is_told_without_the_address(url: str) -> None:
    with pytest.raises(UnavailableError, match="the webhook did not answer") as caught:
        WebhookNotifier(url, "lab").notify(notices())
    assert "SECRET" not in repr(caught.value)
    assert caught.value.__suppress_context__
