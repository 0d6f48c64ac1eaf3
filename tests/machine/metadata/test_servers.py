"""The fake metadata services refuse what the real ones refuse."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.machine.metadata.ec2 import Ec2Metadata
from tests.machine.metadata.gce import GceMetadata
from tests.world.eventually import eventually

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
LIFE = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
FLAVOR = {"Metadata-Flavor": "Google"}
INSTANCE = "/computeMetadata/v1/instance"


def ask(
    url: str, path: str, headers: dict[str, str], method: str = "GET", timeout: float = 5
) -> tuple[int, str, str]:
    """Status, text, and etag."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    try:
        connection.request(method, path, headers=headers)
        reply = connection.getresponse()
        return reply.status, reply.read().decode(), reply.headers.get("ETag", "")
    finally:
        connection.close()


def token(url: str, timeout: float = 5) -> dict[str, str]:
    status, text, _ = ask(url, "/latest/api/token", LIFE, "PUT", timeout)
    assert status == 200
    return {"X-aws-ec2-metadata-token": text}


def value(server: Ec2Metadata, path: str, headers: dict[str, str]) -> tuple[int, str]:
    return ask(server.url, f"/latest/meta-data/{path}", headers)[:2]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        pytest.param("PUT", "/latest/api/token", {}, 400, id="a token without a lifetime"),
        pytest.param("GET", "/latest/api/token", LIFE, 400, id="a token that is got, not put"),
        pytest.param(
            "GET", "/latest/meta-data/instance-id", {}, 401, id="a value without a token"
        ),
        pytest.param(
            "PUT", "/latest/api/token", {**LIFE, "X-Forwarded-For": "1.2.3.4"}, 403, id="a proxy"
        ),
    ],
)
def test_ec2_refuses(
    method: str, path: str, headers: dict[str, str], status: int, ec2: Ec2Metadata
) -> None:
    assert ask(ec2.url, path, headers, method)[0] == status


def test_ec2_tells_tags_and_notices_while_there_are_any(ec2: Ec2Metadata) -> None:
    known = token(ec2.url)
    assert value(ec2, "tags/instance/a-key", known) == (404, "")
    assert value(ec2, "spot/instance-action", known) == (404, "")
    ec2.set_tag("a-key", "a value")
    ec2.notice(AT)
    ec2.advise_rebalance(AT)
    assert value(ec2, "tags/instance/a-key", known) == (200, "a value")
    spot = '{"action": "terminate", "time": "2026-01-01T12:00:00Z"}'
    assert value(ec2, "spot/instance-action", known) == (200, spot)
    advice = '{"noticeTime": "2026-01-01T12:00:00Z"}'
    assert value(ec2, "events/recommendations/rebalance", known) == (200, advice)
    ec2.remove_tag("a-key")
    ec2.take_back()
    assert value(ec2, "tags/instance/a-key", known) == (404, "")
    assert value(ec2, "spot/instance-action", known) == (404, "")


def test_ec2_forgets_tokens(ec2: Ec2Metadata) -> None:
    known = token(ec2.url)
    ec2.expire_tokens()
    assert value(ec2, "instance-id", known)[0] == 401


def test_a_container_gets_no_token_over_one_hop() -> None:
    with Ec2Metadata() as server:
        assert token(server.url)
        with pytest.raises(TimeoutError):
            token(server.container_url, timeout=0.3)


def test_a_container_gets_a_token_over_two_hops() -> None:
    with Ec2Metadata(hop_limit=2) as server:
        assert token(server.container_url)


def test_gce_wants_its_header(gce: GceMetadata) -> None:
    assert ask(gce.url, f"{INSTANCE}/id", {})[0] == 403
    assert ask(gce.url, f"{INSTANCE}/id", FLAVOR)[:2] == (200, "4711")


def test_gce_tells_attributes_and_notices(gce: GceMetadata) -> None:
    assert ask(gce.url, f"{INSTANCE}/attributes/a-key", FLAVOR)[0] == 404
    assert ask(gce.url, f"{INSTANCE}/preempted", FLAVOR)[1] == "FALSE"
    assert ask(gce.url, f"{INSTANCE}/maintenance-event", FLAVOR)[1] == "NONE"
    gce.set_attribute("a-key", "a value")
    gce.preempt()
    gce.maintain()
    assert ask(gce.url, f"{INSTANCE}/attributes/a-key", FLAVOR)[1] == "a value"
    assert ask(gce.url, f"{INSTANCE}/preempted", FLAVOR)[1] == "TRUE"
    event = "TERMINATE_ON_HOST_MAINTENANCE"
    assert ask(gce.url, f"{INSTANCE}/maintenance-event", FLAVOR)[1] == event
    gce.remove_attribute("a-key")
    assert ask(gce.url, f"{INSTANCE}/attributes/a-key", FLAVOR)[0] == 404


def test_gce_answers_who_waits_when_something_changes(gce: GceMetadata) -> None:
    _, _, etag = ask(gce.url, f"{INSTANCE}/?recursive=true", FLAVOR)
    query = f"?recursive=true&wait_for_change=true&timeout_sec=30&last_etag={etag}"
    told: list[str] = []
    waiting = threading.Thread(
        target=lambda: told.append(ask(gce.url, f"{INSTANCE}/{query}", FLAVOR, timeout=30)[1])
    )
    waiting.start()
    eventually(lambda: len(gce.asked) == 2)
    assert not told
    gce.set_attribute("a-key", "a value")
    waiting.join(10)
    assert '"a-key": "a value"' in told[0]


def test_gce_answers_who_waits_when_the_time_is_over(gce: GceMetadata) -> None:
    _, _, etag = ask(gce.url, f"{INSTANCE}/?recursive=true", FLAVOR)
    query = f"?recursive=true&wait_for_change=true&timeout_sec=0.2&last_etag={etag}"
    assert ask(gce.url, f"{INSTANCE}/{query}", FLAVOR)[::2] == (200, etag)
