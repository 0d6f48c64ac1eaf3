"""The fake is as strict as Google's own description of the service."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import urllib3

from tests.adapters.gcp.compute_engine.fake import FakeCompute
from tests.adapters.gcp.compute_engine.fake.masks import fits, masked

ZONE = "/compute/v1/projects/my-project-42/zones/europe-west4-a"
SOUND: dict[str, Any] = {
    "name": "a",
    "machineType": "zones/europe-west4-a/machineTypes/e2-medium",
    "scheduling": {"automaticRestart": False},
}
ID = "requestId=1b4e28ba-2fa1-11d2-883f-0016d3cca427"


@pytest.fixture
def google() -> Iterator[FakeCompute]:
    with FakeCompute(lambda: datetime(2026, 5, 4, tzinfo=UTC)) as google:
        yield google


def called(google: FakeCompute, path: str, body: object) -> tuple[int, dict[str, Any]]:
    reply = urllib3.request("POST", google.url + path, body=json.dumps(body).encode())
    return reply.status, reply.json()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param(f"{ZONE}/instances", {**SOUND, "nmae": "x"}, id="an unknown key"),
        pytest.param(
            f"{ZONE}/instances",
            {**SOUND, "scheduling": {"provisioningModel": "spot"}},
            id="an unknown word",
        ),
        pytest.param(
            f"{ZONE}/instances", {**SOUND, "disks": {"boot": True}}, id="one thing for a list"
        ),
        pytest.param(f"{ZONE}/instances?requestid=x", SOUND, id="an unknown parameter"),
        pytest.param(f"{ZONE}/instances/a/explode", {}, id="an unknown method"),
    ],
)
def test_what_google_does_not_know_is_a_mistake(
    google: FakeCompute, path: str, body: object
) -> None:
    status, _ = called(google, path, body)
    assert status == 400
    assert len(google.mistakes) == 1
    assert google.cloud().boxes == {}


def test_a_request_id_that_comes_again_is_the_same_operation(google: FakeCompute) -> None:
    _, first = called(google, f"{ZONE}/instances?{ID}", SOUND)
    _, again = called(google, f"{ZONE}/instances?{ID}", SOUND)
    assert first["name"] == again["name"]
    assert len(google.cloud().boxes) == 1


def test_a_request_id_of_another_request_is_refused(google: FakeCompute) -> None:
    called(google, f"{ZONE}/instances?{ID}", SOUND)
    status, told = called(google, f"{ZONE}/instances?{ID}", {**SOUND, "name": "b"})
    assert (status, told["error"]["errors"][0]["reason"]) == (400, "invalid")
    assert len(google.cloud().boxes) == 1


def test_a_name_is_given_once_in_a_zone(google: FakeCompute) -> None:
    called(google, f"{ZONE}/instances", SOUND)
    status, told = called(google, f"{ZONE}/instances", SOUND)
    assert (status, told["error"]["errors"][0]["reason"]) == (409, "alreadyExists")
    elsewhere = ZONE.replace("west4-a", "west4-b")
    assert called(google, f"{elsewhere}/instances", SOUND)[0] == 200
    assert google.mistakes == []


@pytest.mark.parametrize(
    ("mask", "left"),
    [
        pytest.param("", {"a": 1, "b": {"c": 2, "d": [{"e": 3, "f": 4}]}}, id="everything"),
        pytest.param("a", {"a": 1}, id="a key"),
        pytest.param("b/c", {"b": {"c": 2}}, id="a path"),
        pytest.param("b(c,d/e)", {"b": {"c": 2, "d": [{"e": 3}]}}, id="some below a key"),
        pytest.param("a,b/d(f)", {"a": 1, "b": {"d": [{"f": 4}]}}, id="both"),
        pytest.param("*/c", {"a": 1, "b": {"c": 2}}, id="any key"),
    ],
)
def test_a_mask_leaves_what_it_names(mask: str, left: object) -> None:
    assert masked({"a": 1, "b": {"c": 2, "d": [{"e": 3, "f": 4}]}}, mask) == left


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        pytest.param('a="1"', True, id="one that fits"),
        pytest.param('labels.x-y="2"', True, id="a label"),
        pytest.param('labels.x-y="3"', False, id="one that does not"),
        pytest.param('(a="1") AND (labels.x-y="3")', False, id="both"),
        pytest.param('(a="1") OR (labels.x-y="3")', True, id="either"),
    ],
)
def test_a_filter(wanted: str, holds: bool) -> None:
    assert fits({"a": "1", "labels": {"x-y": "2"}}, wanted) == holds
