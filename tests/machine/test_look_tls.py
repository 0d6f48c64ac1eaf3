"""The guard trusts a server's certificate when the agent would."""

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from autoscaler.machine.guard.clearml import Look, Server, UnknownError

OPENSSL = shutil.which("openssl") or ""
pytestmark = pytest.mark.skipif(not OPENSSL, reason="openssl makes the certificate")

ANSWER = b'{"data": {"token": "t", "workers": []}}'


class Canned(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *args: object) -> None:
        """Nothing to say."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A private authority's, and its key, in one file."""
    path = tmp_path / "ca.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", "/CN=clearml", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(path), "-out", str(path.with_suffix(".crt"))]
    subprocess.run([OPENSSL, *words.split(), *names, *files], check=True, capture_output=True)  # noqa: S603
    with path.open("a") as file:
        file.write(path.with_suffix(".crt").read_text())
    return path


@pytest.fixture
def url(certificate: Path) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Canned)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_private_authority_is_trusted_when_it_is_named(
    name: str, url: str, certificate: Path
) -> None:
    bundle = str(certificate.with_suffix(".crt"))
    assert Look(Server({"CLEARML_API_HOST": url, name: bundle}), "w", []).workers() == []


def test_nothing_is_checked_when_the_agent_checks_nothing(url: str) -> None:
    environ = {"CLEARML_API_HOST": url, "CLEARML_API_HOST_VERIFY_CERT": "false"}
    assert Look(Server(environ), "w", []).workers() == []


@pytest.mark.parametrize("bundle", ["", "/no/such/file"])
def test_otherwise_the_server_is_not_asked(bundle: str, url: str) -> None:
    environ = {"CLEARML_API_HOST": url, "REQUESTS_CA_BUNDLE": bundle}
    with pytest.raises(UnknownError):
        Look(Server(environ), "w", []).workers()
