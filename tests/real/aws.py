"""AWS behind one address on this computer, for processes: moto's models answer over HTTP.

Its SNS, SQS, SSM and Secrets Manager mean what AWS's mean. Its DynamoDB loses writes under
concurrency, and its EC2 knows no tokens: what depends on those is tested elsewhere.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

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

_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


@contextmanager
def account() -> Iterator[str]:
    """An empty account; the value for AWS_ENDPOINT_URL. Clients of this process see it too."""
    with mock_aws(), ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
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
