"""As much of Service Quotas as tells what was granted, over HTTP: moto has nothing of it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Quotas:
    """vCPUs by the quota's code; `default` for what nobody ever asked for.

    `failure` is an error code that every call gets.
    """

    granted: dict[str, float] = field(default_factory=dict)
    default: float = 5.0
    failure: str = ""
    url: str = ""

    def answer(self, call: str, code: str) -> tuple[int, dict[str, object]]:
        if self.failure:
            return 400, {"__type": self.failure, "Message": f"no {call} for you"}
        if call == "GetAWSDefaultServiceQuota":
            return 200, {"Quota": {"QuotaCode": code, "Value": self.default}}
        if code not in self.granted:
            return 400, {"__type": "NoSuchResourceException", "Message": "no applied value"}
        return 200, {"Quota": {"QuotaCode": code, "Value": self.granted[code]}}


class _Server(ThreadingHTTPServer):
    quotas: Quotas


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert said["ServiceCode"] == "ec2"
        call = self.headers["X-Amz-Target"].partition(".")[2]
        status, told = self.server.quotas.answer(call, said["QuotaCode"])
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def fake_quotas() -> Iterator[Quotas]:
    """`url` is the value for AWS_ENDPOINT_URL_SERVICE_QUOTAS."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.quotas = Quotas(url=f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.quotas
        server.shutdown()
