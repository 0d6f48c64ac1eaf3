"""AWS behind one address on this computer, for processes: moto's models answer over HTTP.

Its SNS, SQS, SSM and Secrets Manager mean what AWS's mean. Its DynamoDB loses writes under
concurrency, and its EC2 knows no tokens: what depends on those is tested elsewhere.
"""

import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

REGION: Final = "eu-central-1"
ACCOUNT: Final = "123456789012"
CREDENTIALS: Final[Mapping[str, str]] = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}

_PROGRAM = re.compile(r"app/(\S+)")
_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


class Account:
    """`url` is the value for AWS_ENDPOINT_URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._asked: defaultdict[str, set[str]] = defaultdict(set)

    def asked_by(self, program: str) -> set[str]:
        """What a program has asked for, as "service:Action"; its AWS_SDK_UA_APP_ID names it."""
        return self._asked[program]

    def note(self, agent: str, action: str) -> None:
        program = _PROGRAM.search(agent)
        self._asked[program[1] if program else ""].add(action)


@contextmanager
def account() -> Iterator[Account]:
    """An empty account. Clients of this process see it too."""
    with mock_aws(), ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        found = Account(f"http://127.0.0.1:{server.server_port}")
        server.account = found  # type: ignore[attr-defined]  # how a handler finds it
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield found
        finally:
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    _one_at_a_time = threading.Lock()
    _models = BotocoreStubber()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        scope = _SCOPE.search(self.headers["Authorization"])
        assert scope
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        action = target or parse_qs(body.decode())["Action"][0]
        noting: Account = self.server.account  # type: ignore[attr-defined]
        noting.note(self.headers.get("User-Agent", ""), f"{scope['service']}:{action}")
        url = f"https://{scope['service']}.{scope['region']}.amazonaws.com{self.path}"
        headers = HTTPHeaders()
        for name, value in self.headers.items():
            headers[name] = url.split("/")[2] if name.lower() == "host" else value
        request = AWSPreparedRequest("POST", url, headers, body, stream_output=False)
        with self._one_at_a_time:
            answer = self._models.process_request(request)
        assert answer, f"moto knows nothing of {url}"
        self._send(*answer)

    def _send(self, status: int, headers: Mapping[str, object], body: str | bytes) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "server", "date", "connection"}:
                self.send_header(name, str(value))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: the tests have their own words."""
