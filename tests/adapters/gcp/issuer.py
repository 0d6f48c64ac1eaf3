"""Who gives tokens for a key or for a federation, in Google's place."""

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

EMAIL = "autoscaler@other-project.iam.gserviceaccount.com"


def _part(said: dict[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


IDENTITY = f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part({'exp': 4_000_000_000})}."
"""An identity token, which nobody signed."""


class Issuer(ThreadingHTTPServer):
    """Gives everybody a token that is called after its path. `asked`: what they sent, by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: dict[str, str] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Issuer

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        name = self.path.rpartition("/")[2].partition(":")[0]
        self.server.asked[name] = text
        answer = json.dumps(
            {
                "access_token": f"of-{name}",
                "accessToken": f"of-{name}",
                "expireTime": "2099-01-01T00:00:00Z",
                "expires_in": 3600,
                "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
                "token_type": "Bearer",
                "id_token": IDENTITY,
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def issuing() -> Iterator[Issuer]:
    with Issuer() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@contextmanager
def issuer() -> Iterator[str]:
    """Its address alone."""
    with issuing() as server:
        yield server.url


def key(url: str) -> dict[str, str]:
    """What Google gives somebody who asks for a service account's key."""
    made = generate_private_key(public_exponent=65537, key_size=2048)
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "type": "service_account",
        "project_id": "other-project",
        "client_email": EMAIL,
        "token_uri": f"{url}/key",
        "private_key": pem.decode(),
    }
