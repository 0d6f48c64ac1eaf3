"""The real autoscaler over machines of the sandbox: each lane is a resource with its queue."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Literal, NamedTuple

import yaml

from autoscaler.config import load
from autoscaler.core.ledger import Instance
from autoscaler.errors import AutoscalerError
from autoscaler.hosts.local import Local
from autoscaler.machine.limits import GuardTiming
from autoscaler.machine.pack import guard_parcel
from autoscaler.machine.startup import StartupSpec
from autoscaler.world.clearml.model import Status, Task
from autoscaler.world.python_task import python_task
from autoscaler.world.server import StandIn, Watch
from tests.e2e.machine.cloud import CloudMachine
from tests.e2e.machine.house import eventually
from tests.e2e.machine.sandbox import Sandbox, Site
from tests.machine.fake_secrets import FakeSecrets, fake_secrets

Source = Literal["ec2", "gce"]
TICK = timedelta(seconds=2)
_AGENT = str(Path(sys.executable).with_name("clearml-agent"))
_MARK = """
import os

def mark(event):
    told = os.open({path!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(told, (event + " {name} " + os.environ["CLEARML_WORKER_ID"] + chr(10)).encode())
    os.close(told)
"""


class Timing(GuardTiming):
    """`margin`: how long before the cloud takes the machine its tasks end."""

    poll: float = 0.2
    probe: float = 1
    again: float = 1
    margin: float = 1


class HastySpec(StartupSpec):
    """Machines that nobody drains end sooner than any that an operator may order."""

    idle: timedelta | None = None

    @property
    def idle_limit(self) -> timedelta:
        return self.idle or super().idle_limit


@dataclass(frozen=True)
class Lane:
    """`changed`: settings of its machines; `rules`: of its queue, for lost tasks."""

    name: str
    source: Source = "ec2"
    keeper: Literal["processes", "systemd"] = "processes"
    changed: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    slots: int = 1


class Mark(NamedTuple):
    """What a task told of itself, and on whose machine."""

    event: str
    task: str
    worker: str


class Stage:
    """Times are those of `monotonic`; `ticks` are when each was over."""

    def __init__(
        self,
        folder: Path,
        server: StandIn,
        secrets: FakeSecrets,
        lanes: Sequence[Lane],
        *,
        hop_limit: int = 1,
    ) -> None:
        self.folder, self.server, self.secrets = folder, server, secrets
        self.ticks: list[float] = []
        self.errors: list[AutoscalerError] = []
        self._marks = folder / "marks"
        with server.lock:
            self.queues = {lane.name: server.world.queues.create(lane.name).id for lane in lanes}
        name = folder.name
        path = folder / "autoscaler.yaml"
        path.write_text(yaml.safe_dump(_configuration(name, server.url, lanes)))
        os.environ[_variable(name, "access")] = server.credentials.access_key
        os.environ[_variable(name, "secret")] = server.credentials.secret_key
        self.local = Local(load(path))
        self.site = Site(folder / "site")
        specs = {f"{name}/{lane.name}": self._spec(lane) for lane in lanes}
        compute = Sandbox(self.site, name, specs, self.local.clock, hop_limit=hop_limit)
        self.compute = compute
        self.local.computes = {"process": compute}

    @contextmanager
    def scaling(self) -> Iterator[None]:
        """Run the poller, the launcher and the reaper until the end of the block."""
        stop = threading.Event()

        def run() -> None:
            self.local.run(
                stop,
                on_tick=lambda _: self.ticks.append(monotonic()),
                on_error=self.errors.append,
            )

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def keep(self, source: Source, name: str, value: str) -> str:
        """A reference to the secret, which machines of that cloud can read."""
        reference = f"ssm:/{self.folder.name}/{name}"
        kept = reference
        if source == "gce":
            kept = f"gcp-secret:{name}"
            reference = f"gcp-secret:projects/a-project/secrets/{name}"
        self.secrets.kept[kept] = value
        return reference

    def enqueue(self, lane: str, code: str, **sections: Any) -> str:
        """The code may call `mark(event)`."""
        with self.server.lock:
            name = f"task-{len(self.server.world.tasks.all())}"
            marks = _MARK.format(path=str(self._marks), name=name)
            script = python_task(name, marks + code)["script"]
            task = self.server.world.tasks.create(name, sections={"script": script, **sections})
            self.server.world.tasks.enqueue(task.id, self.queues[lane])
            return task.id

    def marks(self, task: str) -> list[Mark]:
        told = self._marks.read_text().splitlines() if self._marks.exists() else []
        name = self.task(task).name
        return [mark for line in told if (mark := Mark(*line.split())).task == name]

    def task(self, task: str) -> Task:
        return self.server.world.tasks.get(task)

    def console(self, task: str) -> str:
        return self.server.world.events.console(task)

    def machines(self, lane: str) -> list[CloudMachine]:
        """All that the lane ever had, in the order of their start."""
        found = [one for one in self.site.machines.values() if one.born.resource == lane]
        return sorted(found, key=lambda one: one.began)

    def drain(self, machine: CloudMachine) -> None:
        """As an operator does."""
        local = Local(self.local.config)  # a thread has its own table
        row = next(
            row
            for row in local.state.live()
            if isinstance(row, Instance) and row.instance_id == machine.born.instance_id
        )
        local.operator("a person").drain(row.key, "a trial")

    def living(self) -> list[CloudMachine]:
        return [one for one in self.site.machines.values() if one.state != "gone"]

    def await_start(self, task: str, number: int = 1) -> None:
        """Until it has begun so many times, and said so."""

        def begun() -> bool:
            return sum(mark.event == "begun" for mark in self.marks(task)) >= number

        self.await_that(f"start {number} of {task}", begun)

    def await_status(self, task: str, status: Status, within: float = 120) -> None:
        self.await_that(f"{status} of {task}", lambda: self.task(task).status is status, within)

    def await_that(self, what: str, happens: Callable[[], object], within: float = 120) -> None:
        """Raises TimeoutError."""
        if not eventually(lambda: bool(happens()), within, every=0.05):
            raise TimeoutError(f"{self.folder.name}: {what} did not come within {within:g} s")

    def _spec(self, lane: Lane) -> StartupSpec:
        keys = self.server.credentials
        self.keep(lane.source, "api_server", self.server.url)
        settings = {
            "prefix": self.local.deployment.autoscalers[0].prefix,
            "login": {
                "access_key": self.keep(lane.source, "access", keys.access_key),
                "secret_key": self.keep(lane.source, "secret", keys.secret_key),
                "api_server": self.server.url,
            },
            "source": lane.source,
            "keeper": lane.keeper,
            "cpu_only": True,
            "agent": {"command": [_AGENT]},
            "environment": {
                "CLEARML_AGENT_SKIP_PIP_VENV_INSTALL": sys.executable,
                "CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL": "1",
            },
            "poll_every": timedelta(seconds=1),
            "report_every": timedelta(seconds=2),
            "endpoints": self.secrets.endpoints,
            "guard_at": self._guard() if lane.source == "ec2" else (),
            "guard": Timing(),
        }
        return HastySpec.model_validate({**settings, **lane.changed})

    def _guard(self) -> list[str]:
        """EC2's user data has no room for it."""
        parts = guard_parcel().parts()
        return [self.keep("ec2", f"guard{number}", part) for number, part in enumerate(parts)]


@contextmanager
def stage(
    folder: Path, lanes: Sequence[Lane], *, watch: Watch | None = None, hop_limit: int = 1
) -> Iterator[Stage]:
    """At the end nothing runs any more."""
    folder.mkdir()
    with ExitStack() as opened:
        secrets = opened.enter_context(fake_secrets())
        server = StandIn(log_file=folder / "server.log", watch=watch)
        opened.enter_context(server)
        made = Stage(folder, server, secrets, lanes, hop_limit=hop_limit)
        opened.enter_context(made.site)
        yield made


def _variable(name: str, key: str) -> str:
    return f"{name}_{key}".upper().replace("-", "_")


def _configuration(name: str, api: str, lanes: Sequence[Lane]) -> dict[str, object]:
    keys = {f"{key}_key": f"env:{_variable(name, key)}" for key in ("access", "secret")}
    return {
        "deployment": name,
        "clearml": {"api": api, **keys},
        "polling_interval": f"{TICK.total_seconds():g}s",
        "lost_tasks": [{"name": lane.name, **lane.rules} for lane in lanes if lane.rules],
        "autoscalers": [
            {
                "name": name,
                "workers_prefix": name,
                "max_idle": "1h",
                "max_spin_up": "5m",
                "resources": [
                    {
                        "name": lane.name,
                        "queues": [lane.name],
                        "provider": "process",
                        "cpu_only": True,
                        "slots": lane.slots,
                        "max_instances": 1,
                    }
                    for lane in lanes
                ],
            }
        ],
    }
