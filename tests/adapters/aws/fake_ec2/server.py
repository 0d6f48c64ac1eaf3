"""The fake over HTTP, for whoever honours AWS_ENDPOINT_URL: EC2, a little of SSM and STS."""

import json
import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl

from tests.adapters.aws.fake_ec2 import actions, wire
from tests.adapters.aws.fake_ec2.cloud import Cloud, EC2Error
from tests.adapters.aws.fake_ec2.fleets import create_fleet

_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_BY_TOKEN = "Action=AssumeRoleWithWebIdentity&"
_JSON = "application/x-amz-json-1.1"
_ACTIONS = {**actions.ACTIONS, "CreateFleet": create_fleet}


class FakeAws(ThreadingHTTPServer):
    """`regions` are made when they are first called. `callers`: the access keys of all calls."""

    daemon_threads = True

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.now = now
        self.lock = threading.Lock()
        self.regions: dict[str, Cloud] = {}
        self.parameters: dict[tuple[str, str], str] = {}
        self.denied: set[str] = set()
        self.roles: list[Mapping[str, str]] = []
        self.callers: list[str] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def cloud(self, region: str = "eu-central-1") -> Cloud:
        if region not in self.regions:
            self.regions[region] = Cloud(self.now, region)
        return self.regions[region]

    def ec2(self, region: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        try:
            return 200, self._acted(self.cloud(region), form)
        except EC2Error as error:
            return error.status, wire.failure(error.code, error.message)

    def _acted(self, cloud: Cloud, form: Mapping[str, str]) -> bytes:
        action = form["Action"]
        operation = wire.operation("ec2", action)
        cloud.admit(action)
        trouble = cloud.trouble(action)
        if trouble and not trouble.lands:
            raise EC2Error(trouble.code, status=trouble.status)
        answer = _ACTIONS[action](cloud, wire.parsed(operation, form))
        if trouble:
            raise EC2Error(trouble.code, status=trouble.status)
        return wire.reply(operation, answer)

    def ssm(self, region: str, action: str, said: Mapping[str, Any]) -> tuple[int, bytes]:
        if action in self.denied:
            return 400, json.dumps({"__type": "AccessDeniedException"}).encode()
        if action == "PutParameter":
            self.parameters[region, said["Name"]] = said["Value"]
            return 200, b"{}"
        found = {n: self.parameters.get((region, n)) for n in said["Names"]}
        known = [
            {"Name": n, "Value": value, "Type": "SecureString"}
            for n, value in found.items()
            if value is not None
        ]
        missing = [n for n, value in found.items() if value is None]
        return 200, json.dumps({"Parameters": known, "InvalidParameters": missing}).encode()

    def sts(self, form: Mapping[str, str]) -> tuple[int, bytes]:
        self.roles.append(form)
        until = "2099-01-01T00:00:00Z"
        keys = f"<AccessKeyId>ASIALENT{len(self.roles)}</AccessKeyId><SecretAccessKey>s"
        keys += f"</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{until}</Expiration>"
        action = form["Action"]
        body = f"<{action}Result><Credentials>{keys}</Credentials></{action}Result>"
        return 200, f"<{action}Response>{body}</{action}Response>".encode()


class _Handler(BaseHTTPRequestHandler):
    server: FakeAws
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        scope = _SCOPE.search(self.headers.get("Authorization", ""))
        assert scope or _BY_TOKEN in body, "every call is signed, but one"
        caller, region, service = scope.groups() if scope else ("nobody", "", "sts")
        with self.server.lock:
            self.server.callers.append(caller)
            status, answer = self._served(region, service, body)
        self.send_response(status)
        self.send_header("Content-Type", _JSON if service == "ssm" else "text/xml")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _served(self, region: str, service: str, body: str) -> tuple[int, bytes]:
        if service == "ssm":
            action = self.headers["X-Amz-Target"].partition(".")[2]
            return self.server.ssm(region, action, json.loads(body))
        form = dict(parse_qsl(body, keep_blank_values=True))
        return self.server.sts(form) if service == "sts" else self.server.ec2(region, form)

    def log_message(self, *_: object) -> None:
        pass
