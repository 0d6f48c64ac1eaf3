"""As much of CloudFormation as tells a stack's outputs, over HTTP."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

_ANSWER = """\
<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
<DescribeStacksResult><Stacks><member><StackName>{name}</StackName><StackId>{name}</StackId>
<CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>
<Outputs>{outputs}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"""
_OUTPUT = "<member><OutputKey>{}</OutputKey><OutputValue>{}</OutputValue></member>"
_NONE = """\
<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error>
<Type>Sender</Type><Code>ValidationError</Code>
<Message>Stack with id {name} does not exist</Message></Error></ErrorResponse>"""

Stacks = Mapping[str, Mapping[str, str]]


class _Server(ThreadingHTTPServer):
    stacks: Stacks


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        assert asked["Action"] == "DescribeStacks"
        name = asked["StackName"]
        outputs = self.server.stacks.get(name)
        if outputs is None:
            self._answer(400, _NONE.format(name=escape(name)))
            return
        told = (_OUTPUT.format(escape(key), escape(value)) for key, value in outputs.items())
        self._answer(200, _ANSWER.format(name=escape(name), outputs="".join(told)))

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def fake_stacks(stacks: Stacks) -> Iterator[str]:
    """The value for AWS_ENDPOINT_URL_CLOUDFORMATION; `stacks`: outputs, by the stack's name."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.stacks = stacks
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
