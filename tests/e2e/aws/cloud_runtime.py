"""LocalStack on this computer without docker: started by its own Python, never imported.

Lambda functions are processes that run AWS's runtime client; DynamoDB is AWS's DynamoDB Local.
Arguments: the folder of DynamoDB Local, the Python of functions, a folder for what they print.
Variables that begin with FUNCTION_ are for functions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from time import monotonic, time
from typing import Any

import localstack.services.lambda_.invocation.execution_environment as environments
import localstack.services.lambda_.invocation.runtime_executor as executors
import localstack.services.lambda_.invocation.version_manager as versions
from localstack.runtime.main import main
from localstack.services.dynamodb.server import DynamodbServer
from localstack.services.lambda_ import provider
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.utils.run import ShellCommandThread

_TABLES, _PYTHON, _LOGS = sys.argv[1:]
_GIVEN = "FUNCTION_"  # begins the variables that are for functions


class _RuntimeApi(ThreadingHTTPServer):
    """What the runtime client of one process asks, and where it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: Queue[dict[str, str] | None] = Queue()
        self.answers: Queue[tuple[bool, bytes]] = Queue()
        self.ready = Event()
        self.broken = b""
        Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _RuntimeApi

    def do_GET(self) -> None:
        self.server.ready.set()
        event = self.server.events.get()
        if event:
            self._send(200, event.pop("payload").encode(), event)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._send(202, b"{}", {})
        if self.path.endswith("/init/error"):
            self.server.broken = body
            self.server.ready.set()
        else:
            self.server.answers.put((self.path.endswith("/error"), body))

    def log_message(self, *_: object) -> None:
        pass

    def _send(self, code: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


class Processes(executors.RuntimeExecutor):  # type: ignore[misc] # LocalStack has no types here
    """One execution environment: a process of the function's handler."""

    def __init__(self, id: str, function_version: Any) -> None:
        super().__init__(id, function_version)
        name = function_version.id.function_name
        self.log = Path(_LOGS) / f"{name}-{id[:8]}.log"

    def start(self, env_vars: dict[str, Any]) -> None:
        self.api = _RuntimeApi()
        code = self.function_version.config.code
        code.prepare_for_execution()
        root = str(code.get_unzipped_code_location())
        here = {
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.api.server_port}",
            "AWS_EC2_METADATA_DISABLED": "true",
            "LAMBDA_TASK_ROOT": root,
            "PYTHONPATH": root,
            "PYTHONUNBUFFERED": "1",
            "AWS_CSM_CLIENT_ID": self.function_version.id.function_name,
        }
        given = {name: str(value) for name, value in env_vars.items()}
        given |= {n.removeprefix(_GIVEN): v for n, v in os.environ.items() if n.startswith(_GIVEN)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own functions
                [_PYTHON, "-m", "awslambdaric", self.function_version.config.handler],
                cwd=root,
                env={**given, **here},
                stdout=log,
                stderr=log,
            )
        while not self.api.ready.wait(0.02):
            if self.process.poll() is not None:
                raise executors.LambdaRuntimeException(f"ended: {self.get_logs()}")
        if self.api.broken:
            raise StatusErrorException("the handler cannot be loaded", payload=self.api.broken)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.api.events.put(None)
        self.api.shutdown()
        self.api.server_close()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        identity, begun = payload["invoke-id"], self.log.stat().st_size
        seconds = int(self.function_version.config.timeout)
        self.api.events.put(
            {
                "payload": payload["payload"],
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": identity,
                "Lambda-Runtime-Deadline-Ms": str(int((time() + seconds) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": payload["invoked-function-arn"],
                "Lambda-Runtime-Trace-Id": payload["trace-id"],
            }
        )
        failed, body = self._answer(seconds)
        with self.log.open("rb") as log:
            log.seek(begun)
            told = log.read().decode(errors="replace")
        return InvocationResult(identity, body, is_error=failed, logs=told)

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return "http://127.0.0.1"  # asked by LocalStack's own runtime client only

    def get_logs(self) -> str:
        return self.log.read_text(errors="replace")

    @classmethod
    def prepare_version(cls, function_version: Any) -> None:
        pass

    @classmethod
    def cleanup_version(cls, function_version: Any) -> None:
        pass

    def _answer(self, seconds: float) -> tuple[bool, bytes]:
        until = monotonic() + seconds
        while self.api.answers.empty():
            if self.process.poll() is not None:
                return True, _error("Runtime.ExitError", "the process ended")
            if monotonic() > until:
                self.process.kill()
                return True, _error("Sandbox.Timedout", f"timed out after {seconds:.2f} seconds")
            Event().wait(0.005)
        return self.api.answers.get()


def _error(type: str, message: str) -> bytes:
    return json.dumps({"errorType": type, "errorMessage": message}).encode()


def _start_tables(server: DynamodbServer) -> ShellCommandThread:
    library = f"-Djava.library.path={_TABLES}/DynamoDBLocal_lib"
    jar = ["-jar", f"{_TABLES}/DynamoDBLocal.jar"]
    command = ["java", "-Xmx256m", library, *jar, "-port", str(server.port), "-inMemory"]
    thread = ShellCommandThread(command, strip_color=True, name="dynamodb-local")
    thread.start()
    return thread


DynamodbServer.do_start_thread = _start_tables
for module in (executors, environments, versions, provider):
    module.get_runtime_executor = lambda: Processes
sys.argv = ["localstack"]
main()
