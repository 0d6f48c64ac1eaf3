"""As much of both clouds' metadata services as boot asks."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "an-imds-session"
ROLE_KEY, ROLE_SECRET, ROLE_SESSION = "ASIAEXAMPLE", "a-role-secret", "a-role-session"
ACCOUNT_TOKEN = "ya29.a-service-account"
DOCUMENT = {
    "instanceId": "i-0abc",
    "instanceType": "g5.xlarge",
    "region": "eu-central-1",
    "pendingTime": "2026-01-01T00:00:00Z",
}
ROLE = {"AccessKeyId": ROLE_KEY, "SecretAccessKey": ROLE_SECRET, "Token": ROLE_SESSION}
EC2 = {
    "/latest/dynamic/instance-identity/document": json.dumps(DOCUMENT),
    "/latest/meta-data/services/domain": "amazonaws.com",
    "/latest/meta-data/iam/security-credentials/": "worker",
    "/latest/meta-data/iam/security-credentials/worker": json.dumps(ROLE),
}
GCE = {
    "/computeMetadata/v1/instance/name": "team-gpu-1",
    "/computeMetadata/v1/instance/machine-type": "projects/12/machineTypes/n1-standard-8",
    "/computeMetadata/v1/instance/id": "1234",
    "/computeMetadata/v1/instance/zone": "projects/12/zones/europe-west1-b",
    "/computeMetadata/v1/project/project-id": "a-project",
    "/computeMetadata/v1/instance/service-accounts/default/token": json.dumps(
        {"access_token": ACCOUNT_TOKEN, "expires_in": 3599}
    ),
}


class FakeMetadata(ThreadingHTTPServer):
    """Answers `late` requests for the role with 404 first, as a new machine's service does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.late = 0
        self.told: dict[str, str] = {}  # what the machine says about itself

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeMetadata

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/latest/api/token":
            life = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
            self._answer(200 if life else 400, TOKEN)
        elif self.path.startswith("/computeMetadata/v1/instance/guest-attributes/"):
            self.server.told[self.path.rpartition("guest-attributes/")[2]] = body
            self._answer(200, "")
        else:
            self._answer(404, "")

    def do_GET(self) -> None:
        if self.path in EC2:
            self._ec2()
        elif self.path in GCE and self.headers.get("Metadata-Flavor") == "Google":
            self._answer(200, GCE[self.path])
        else:
            self._answer(403 if self.path in GCE else 404, "")

    def _ec2(self) -> None:
        if self.headers.get("X-aws-ec2-metadata-token") != TOKEN:
            self._answer(401, "")
        elif "security-credentials" in self.path and self.server.late:
            self.server.late -= 1
            self._answer(404, "")
        else:
            self._answer(200, EC2[self.path])

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def fake_metadata() -> Iterator[FakeMetadata]:
    with FakeMetadata() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
