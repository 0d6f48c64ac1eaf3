"""The two programs of the demo: the stand-in server and `autoscaler up`."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from autoscaler.adapters.clearml import ClearmlClient, ClearmlSettings
from autoscaler.cli.demo.script import Job
from autoscaler.world.python_task import python_task

_LEAVES_WITHIN = 30


@dataclass(frozen=True, slots=True)
class Server:
    """The stand-in server, and what a client of it needs."""

    url: str
    access_key: str
    secret_key: str
    log: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DEMO_ACCESS_KEY": self.access_key,
            "DEMO_SECRET_KEY": self.secret_key,
        }

    def client(self) -> ClearmlClient:
        return ClearmlClient(
            ClearmlSettings(
                api_url=self.url,
                access_key=self.access_key,
                secret_key=SecretStr(self.secret_key),
            )
        )


@contextmanager
def stand_in(folder: Path) -> Iterator[Server]:
    """A ClearML server of its own on this computer, until the block ends."""
    log = folder / "server.log"
    command = [sys.executable, "-m", "autoscaler.world", "--log", str(log)]
    with (
        (folder / "server.err").open("wb") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process,  # noqa: S603
    ):
        try:
            told = json.loads(process.stdout.readline() if process.stdout else "{}")
            yield Server(told["url"], told["access_key"], told["secret_key"], log)
        finally:
            process.terminate()


class Up:
    """`autoscaler up` as a process; what it says goes to a file."""

    def __init__(self, config: Path, environment: dict[str, str]) -> None:
        self.log = config.with_name("up.log")
        command = [sys.executable, "-m", "autoscaler", "up", "--config", str(config)]
        with self.log.open("wb") as file:
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                command,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL: it has no last word."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ctrl-C; and SIGKILL should that not be enough."""
        if not self.running:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_LEAVES_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()


def create_queues(client: ClearmlClient, names: Sequence[str]) -> dict[str, str]:
    """Queue ids by name."""
    return {name: client.call("queues.create", {"name": name})["id"] for name in names}


def enqueue(client: ClearmlClient, job: Job, queues: dict[str, str]) -> str:
    """The id of the new task, which waits in its queue."""
    task: str = client.call("tasks.create", python_task(job.name, job.code))["id"]
    client.call("tasks.enqueue", {"task": task, "queue": queues[job.queue]})
    return task
