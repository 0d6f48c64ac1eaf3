"""Own authorities and proxies. `clearml.invalid` resolves nowhere: only a proxy can reach it."""

from pathlib import Path

import pytest

from autoscaler.errors import ConfigError, UnavailableError
from tests.adapters.clearml.canned import envelope, logged_in, serving
from tests.adapters.clearml.certificates import Authority
from tests.adapters.clearml.gateway import proxying
from tests.adapters.clearml.pace import Pace, connect

GOOD = logged_in(lambda _: envelope({"queues": []}))
CALLS = ["auth.login", "server.info", "v2.30/queues.get_all"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def _no_proxy_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_server_with_an_own_authority_is_trusted_when_told(authority: Authority) -> None:
    with serving(GOOD, authority.server_context()) as server:
        data = connect(server.url, ca_file=authority.file).call("queues.get_all", {})
    assert data == {"queues": []}


def test_a_server_that_cannot_be_trusted_gets_no_credentials(
    authority: Authority, pace: Pace
) -> None:
    with (
        serving(GOOD, authority.server_context()) as server,
        pytest.raises(UnavailableError, match=r"set clearml\.ca_file to the authority"),
    ):
        connect(server.url, pace).call("queues.get_all", {})
    assert server.asked == []
    assert pace.slept == []


def test_a_certificate_is_for_one_host(authority: Authority) -> None:
    with serving(GOOD, authority.server_context()) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(UnavailableError, match="TLS failed"):
            connect(url, ca_file=authority.file).call("queues.get_all", {})
    assert server.asked == []


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_that_holds_no_authority_is_the_operators_mistake(
    tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError) as caught:
        connect("https://api.clear.ml", ca_file=file)
    (problem,) = caught.value.problems
    assert (problem.field, problem.value) == ("clearml.ca_file", str(file))


@pytest.mark.parametrize(
    "written", [pytest.param("http://", id="as a URL"), pytest.param("", id="as host and port")]
)
def test_plain_requests_go_through_the_proxy(written: str) -> None:
    with serving(GOOD) as server, proxying(server.url) as gateway:
        proxy = gateway.url.replace("http://", written)
        connect("http://clearml.invalid:8008", proxy=proxy).call("queues.get_all", {})
    assert gateway.forwarded == [f"http://clearml.invalid:8008/{call}" for call in CALLS]


def test_tls_goes_through_the_proxy_untouched(authority: Authority) -> None:
    with (
        serving(GOOD, authority.server_context()) as server,
        proxying(server.url) as gateway,
    ):
        connect(server.url, proxy=gateway.url, ca_file=authority.file).call("queues.get_all", {})
    assert gateway.tunnels == [server.url.removeprefix("https://")]
    assert gateway.forwarded == []
    assert len(server.asked) == len(CALLS)


def test_a_proxy_may_want_a_login() -> None:
    with serving(GOOD) as server, proxying(server.url, "me:p@ss") as gateway:
        proxy = gateway.url.replace("http://", "http://me:p%40ss@")
        connect("http://clearml.invalid", proxy=proxy).call("queues.get_all", {})
        with pytest.raises(UnavailableError, match=r"write clearml\.proxy as"):
            connect("http://clearml.invalid", proxy=gateway.url).call("queues.get_all", {})
    assert len(gateway.forwarded) == len(CALLS)


def test_a_proxy_that_refuses_a_tunnel_is_named(authority: Authority) -> None:
    with proxying(login="me:p@ss") as gateway:
        proxy = gateway.url.replace("http://", "http://me:wrong-word@")
        client = connect("https://clearml.invalid", proxy=proxy, ca_file=authority.file)
        with pytest.raises(UnavailableError, match=r"see clearml\.proxy") as caught:
            client.call("queues.get_all", {})
    assert "wrong-word" not in str(caught.value)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_environments_proxy_counts_unless_another_is_set(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with serving(GOOD) as server, proxying(server.url) as gateway:
        monkeypatch.setenv(name, gateway.url)
        connect("http://clearml.invalid").call("queues.get_all", {})
    assert len(gateway.forwarded) == len(CALLS)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_computer_is_not_behind_the_environments_proxy(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    with serving(GOOD) as server, proxying(server.url) as gateway:
        monkeypatch.setenv("HTTP_PROXY", gateway.url)
        connect(server.url.replace("127.0.0.1", host)).call("queues.get_all", {})
    assert gateway.forwarded == []
    assert len(server.asked) == len(CALLS)


@pytest.mark.parametrize(("no_proxy", "directly"), [("127.1", True), ("elsewhere", False)])
def test_no_proxy_names_hosts_that_are_reached_directly(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, directly: bool
) -> None:
    with serving(GOOD) as server, proxying(server.url) as gateway:
        monkeypatch.setenv("HTTP_PROXY", gateway.url)
        monkeypatch.setenv("NO_PROXY", no_proxy)
        url = server.url.replace("127.0.0.1", "127.1")  # loopback by a name that we do not know
        connect(url).call("queues.get_all", {})
    assert bool(gateway.forwarded) is not directly


@pytest.mark.parametrize("proxy", ["socks5://host:1080", "", "http://"])
def test_a_proxy_that_cannot_be_one_is_refused_at_once(proxy: str) -> None:
    with pytest.raises(ConfigError, match=r"clearml\.proxy: write the proxy as"):
        connect("https://api.clear.ml", proxy=proxy)
