"""Tokens, versions, and credentials that are refused."""

import base64
import json
import logging

import pytest

from autoscaler.adapters.clearml import ClearmlClient, ClearmlQueues, ClearmlWorkers
from autoscaler.errors import CredentialsError, UnavailableError
from autoscaler.world.server import StandIn
from tests.adapters.clearml.canned import Answer, Asked, envelope, logged_in, serving
from tests.adapters.clearml.pace import Pace, connect, connect_to, settings_for


def jwt(**claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.c2ln"


def test_one_login_serves_many_calls(standin: StandIn, client: ClearmlClient) -> None:
    for _ in range(3):
        client.call("queues.get_all", {})
    assert len(standin.log.of("auth.login")) == 1


def test_a_refused_token_is_renewed_once(standin: StandIn, client: ClearmlClient) -> None:
    client.call("queues.get_all", {})
    standin.world.users.revoke_tokens()
    client.call("queues.get_all", {})
    assert [line.endpoint for line in standin.log] == [
        "auth.login",
        "queues.get_all",
        "queues.get_all",
        "auth.login",
        "queues.get_all",
    ]


@pytest.mark.parametrize("subcode", [30, 31, 99])
def test_a_token_that_is_refused_again_is_the_operators_business(
    standin: StandIn, client: ClearmlClient, subcode: int
) -> None:
    standin.faults.add(match="queues.*", status=401, subcode=subcode)
    with pytest.raises(CredentialsError):
        client.call("queues.get_all", {})
    assert len(standin.log.of("auth.login")) == 2
    assert len(standin.log.of("queues.get_all")) == 2


def test_a_token_is_renewed_before_it_ends(
    standin: StandIn, client: ClearmlClient, pace: Pace
) -> None:
    client.call("queues.get_all", {})
    pace.elapsed += 24 * 3600 - 299
    client.call("queues.get_all", {})
    assert len(standin.log.of("auth.login")) == 2
    assert not [line for line in standin.log if line.status == 401]


def test_wrong_keys_name_their_fields_and_the_server(standin: StandIn) -> None:
    client = connect_to(standin, secret_key="wrong-secret")
    with pytest.raises(CredentialsError) as caught:
        ClearmlQueues(client).read(["default"])
    message = str(caught.value)
    assert "clearml.access_key" in message
    assert "clearml.secret_key" in message
    assert standin.url in message
    assert len(standin.log) == 1


def test_wrong_keys_are_found_by_whatever_is_asked_first(standin: StandIn) -> None:
    client = connect_to(standin, secret_key="wrong-secret")
    with pytest.raises(CredentialsError):
        ClearmlWorkers(client).read(["aws1"])


def test_a_call_that_is_not_allowed_is_the_operators_business(
    standin: StandIn, client: ClearmlClient
) -> None:
    standin.faults.add(match="workers.unregister", status=403, subcode=20, message="forbidden")
    with pytest.raises(CredentialsError, match=r"may not call workers\.unregister"):
        ClearmlWorkers(client).unregister("w")
    assert len(standin.log.of("workers.unregister")) == 1


@pytest.mark.parametrize(
    ("claimed", "version", "path"),
    [
        pytest.param("2.34", (2, 34), "/v2.30/queues.get_all", id="newer than these adapters"),
        pytest.param("2.23", (2, 23), "/v2.23/queues.get_all", id="older than these adapters"),
    ],
)
def test_the_version_comes_with_the_token(
    claimed: str, version: tuple[int, int], path: str
) -> None:
    token = jwt(api_version=claimed, iat=1, exp=3601)
    with serving(logged_in(lambda _: envelope({"queues": []}), token)) as server:
        client = connect(server.url)
        client.call("queues.get_all", {})
        assert client.version() == version
    assert [asked.path for asked in server.asked] == ["/auth.login", path]


def test_a_token_without_a_version_makes_us_ask() -> None:
    with serving(logged_in(lambda _: envelope({"queues": []}))) as server:
        client = connect(server.url)
        client.call("queues.get_all", {})
        assert client.version() == (2, 34)
    assert server.endpoints() == ["auth.login", "server.info", "queues.get_all"]


def test_a_server_that_does_not_tell_its_version_is_called_without() -> None:
    def script(asked: Asked) -> Answer:
        if asked.endpoint == "auth.login":
            return envelope({"token": "opaque"})
        if asked.endpoint == "server.info":
            return envelope(status=404, message="Unable to find endpoint")
        return envelope({"workers": []})

    with serving(script) as server:
        client = connect(server.url)
        assert not ClearmlWorkers(client).read(["aws1"])
        assert client.version() is None
    assert server.asked[-1].path == "/workers.get_all"
    assert "worker_pattern" not in server.asked[-1].body


@pytest.mark.parametrize(
    ("version", "prefixes", "pattern"),
    [
        ("2.30", ["aws1"], "aws1:*"),
        ("2.29", ["aws1"], None),
        ("2.34", ["aws1", "aws2"], None),
        ("2.34", ["aws[1]"], None),
    ],
)
def test_a_pattern_is_sent_where_the_server_knows_it(
    version: str, prefixes: list[str], pattern: str | None
) -> None:
    token = jwt(api_version=version, iat=1, exp=3601)
    with serving(logged_in(lambda _: envelope({"workers": []}), token)) as server:
        ClearmlWorkers(connect(server.url)).read(prefixes)
    assert server.asked[-1].body.get("worker_pattern") == pattern


@pytest.mark.parametrize("data", [{}, {"token": None}, {"token": ""}, {"token": 7}])
def test_a_login_without_a_token_is_no_login(data: dict[str, object]) -> None:
    with (
        serving(lambda _: envelope(data)) as server,
        pytest.raises(UnavailableError, match="no token"),
    ):
        connect(server.url).call("queues.get_all", {})


@pytest.mark.parametrize("token", ["a.b.c", "a.!!.c", "one", f"x.{'W10'}.y", "..", "é.é.é"])
def test_a_token_is_the_servers_business(token: str) -> None:
    with serving(logged_in(lambda _: envelope({"queues": []}), token)) as server:
        assert connect(server.url).version() == (2, 34)


def test_secrets_stay_secret(caplog: pytest.LogCaptureFixture) -> None:
    """Not even a server that quotes them in its refusal makes us show them."""
    caplog.set_level(logging.DEBUG)
    quoted: list[str] = []

    def script(asked: Asked) -> Answer:
        quoted.append(asked.headers["Authorization"].split()[1])
        return envelope(status=400, subcode=12, message=f"SECRET-KEY {quoted[-1]}")

    with serving(script) as server, pytest.raises(UnavailableError) as at_login:
        connect(server.url).call("queues.get_all", {})
    with serving(logged_in(script)) as server:
        client = connect(server.url)
        with pytest.raises(UnavailableError) as later:
            client.call("queues.get_all", {})
    errors = f"{at_login.value!r} {later.value!r}"
    reprs = f"{client!r} {settings_for(server.url)!r} {vars(client)}"
    for secret in ("SECRET-KEY", "ACCESS-KEY", *quoted):
        assert secret not in errors + reprs + caplog.text
