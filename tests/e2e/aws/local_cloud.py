"""A cloud on this computer: LocalStack, with real function processes and a real table."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import boto3
import psutil

from tests.real import dynamodb_local

ROOT = Path(__file__).parents[3]
BUILD = ROOT / "build"
REGION = "eu-central-1"
_PATIENCE = 60.0


@dataclass(frozen=True)
class LocalCloud:
    """`folder` has its log, and what functions printed."""

    url: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """For a program that is to use this cloud and no other."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
        }

    def client(self, service: str) -> Any:
        make: Any = boto3.client  # one of four hundred overloads
        return make(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def told(self, function: str) -> str:
        """What every process of this function printed."""
        logs = sorted((self.folder / "functions").glob(f"*-{function}-*.log"))
        return "".join(path.read_text(errors="replace") for path in logs)


@contextmanager
def local_cloud(folder: Path, for_functions: Mapping[str, str]) -> Iterator[LocalCloud]:
    """`for_functions`: variables that each function gets beside its own."""
    (folder / "functions").mkdir(parents=True)
    port = _free_port()
    cloud = LocalCloud(f"http://127.0.0.1:{port}", folder)
    told = {
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "LOCALSTACK_HOST": f"127.0.0.1:{port}",
        "FILESYSTEM_ROOT": str(folder / "localstack"),
        "LAMBDA_KEEPALIVE_MS": "600000",
        "DYNAMODB_IN_MEMORY": "1",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
    }
    own = {name: cloud.environment[name] for name in ("PATH", "HOME", "AWS_EC2_METADATA_DISABLED")}
    extra = {f"FUNCTION_{name}": value for name, value in for_functions.items()}
    with (folder / "localstack.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own words
            [
                BUILD / "localstack" / "bin" / "python",
                Path(__file__).with_name("cloud_runtime.py"),
                dynamodb_local.FOLDER,
                BUILD / "lambda" / "bin" / "python",
                folder / "functions",
            ],
            cwd=folder,
            env={**own, **told, **extra},
            stdout=log,
            stderr=log,
        )
    try:
        _await_health(cloud, process)
        yield cloud
    finally:
        _end(process)


def _await_health(cloud: LocalCloud, process: subprocess.Popen[bytes]) -> None:
    until = monotonic() + _PATIENCE
    while process.poll() is None and monotonic() < until:
        try:
            with urlopen(f"{cloud.url}/_localstack/health", timeout=5):  # noqa: S310 - our own
                return
        except (URLError, ConnectionError):
            sleep(0.2)
    raise TimeoutError((cloud.folder / "localstack.log").read_text(errors="replace")[-4000:])


def _end(process: subprocess.Popen[bytes]) -> None:
    """With its children: the table and the functions outlive it otherwise."""
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    for child in children:
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
