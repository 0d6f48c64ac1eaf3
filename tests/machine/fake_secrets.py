"""As much of SSM, Secrets Manager, ECR, Secret Manager and both logs as a machine asks.

What it is asked must be signed by the role of `boot_metadata`: it computes the signature from the
request that arrived, by its own reading of AWS's description.
"""

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.machine.boot_metadata import ACCOUNT_TOKEN, ROLE_KEY, ROLE_SECRET, ROLE_SESSION

REGISTRY_PASSWORD = "an-ecr-password"
_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>[^,]+),"
    r" SignedHeaders=(?P<names>[^,]+), Signature=(?P<signature>[0-9a-f]{64})"
)


class FakeSecrets(ThreadingHTTPServer):
    """`kept`: the secrets, by reference. It answers `busy` requests with 503 first."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.kept: dict[str, str] = {}
        self.asked: list[str] = []
        self.busy = 0
        self.groups: dict[str, dict[str, list[Any]]] = {}  # log groups: their streams' events
        self.entries: list[dict[str, Any]] = []  # what Cloud Logging was asked to write

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def endpoints(self) -> dict[str, str]:
        names = ("ssm", "secretsmanager", "ecr", "secretmanager", "logs", "logging")
        return dict.fromkeys(names, f"{self.url}/")


class _Handler(BaseHTTPRequestHandler):
    server: FakeSecrets

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        target = self.headers["X-Amz-Target"] or self.path
        self.server.asked.append(target)
        if self.server.busy:
            self.server.busy -= 1
            self._answer(503, {})
        elif target == "/v2/entries:write":
            known = self.headers.get("Authorization") == f"Bearer {ACCOUNT_TOKEN}"
            self.server.entries += [json.loads(body)] if known else []
            self._answer(200 if known else 403, {})
        elif not is_signed({k.lower(): v for k, v in self.headers.items()}, body):
            self._answer(400, {"__type": "com.amazon#InvalidSignatureException"})
        else:
            self._aws(target, json.loads(body))

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {ACCOUNT_TOKEN}":
            self._answer(403, {"error": {"status": "PERMISSION_DENIED", "message": "a secret"}})
            return
        found = re.fullmatch(r"/v1/projects/(.+)/secrets/(.+)/versions/(.+):access", self.path)
        value = self.server.kept.get(f"gcp-secret:{found[2]}") if found else None
        if value is None or (found and found[1] != "a-project"):
            self._answer(404, {"error": {"status": "NOT_FOUND"}})
        else:
            data = base64.b64encode(value.encode()).decode()
            self._answer(200, {"payload": {"data": data}})

    def _aws(self, target: str, asked: dict[str, Any]) -> None:
        kept = self.server.kept
        if target.startswith("Logs_20140328."):
            self._logs(target.partition(".")[2], asked)
        elif target.endswith(".GetAuthorizationToken"):
            token = base64.b64encode(f"AWS:{REGISTRY_PASSWORD}".encode()).decode()
            self._answer(200, {"authorizationData": [{"authorizationToken": token}]})
        elif target == "AmazonSSM.GetParameter" and asked["WithDecryption"]:
            value = kept.get(f"ssm:{asked['Name']}")
            self._found({"Parameter": {"Value": value}} if value else None)
        else:
            value = kept.get(f"secretsmanager:{asked['SecretId']}")
            self._found({"SecretString": value} if value else None)

    def _logs(self, verb: str, asked: dict[str, Any]) -> None:
        streams = self.server.groups.get(asked["logGroupName"])
        name = asked["logStreamName"]
        if streams is None or (verb == "PutLogEvents" and name not in streams):
            self._answer(400, {"__type": "ResourceNotFoundException"})
        elif verb == "CreateLogStream" and name in streams:
            self._answer(400, {"__type": "ResourceAlreadyExistsException"})
        else:
            streams.setdefault(name, []).extend(asked.get("logEvents", []))
            self._answer(200, {})

    def _found(self, answer: dict[str, Any] | None) -> None:
        refusal = {"__type": "com.amazon#AccessDeniedException", "message": "not your secret"}
        self._answer(200 if answer else 400, answer or refusal)

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def is_signed(headers: dict[str, str], body: bytes) -> bool:
    """Whether the role of `boot_metadata` has signed this POST of all these headers to "/"."""
    said = _SIGNED.fullmatch(headers.get("authorization", ""))
    if not said or said["key"] != ROLE_KEY or headers["x-amz-security-token"] != ROLE_SESSION:
        return False
    names = said["names"].split(";")
    needed = {"host", "x-amz-date", "x-amz-target", "x-amz-security-token"}
    if names != sorted(names) or not needed <= {*names}:
        return False
    canonical = "POST\n/\n\n" + "".join(f"{name}:{headers[name]}\n" for name in names)
    canonical += f"\n{said['names']}\n{hashlib.sha256(body).hexdigest()}"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{said['scope']}\n{hashed}"
    key = b"AWS4" + ROLE_SECRET.encode()
    for part in said["scope"].split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex() == said["signature"]


@contextmanager
def fake_secrets() -> Iterator[FakeSecrets]:
    with FakeSecrets() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
