"""A ClearML server with a gate, and the real autoscaler over real agents, in this process."""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import psutil
import yaml

from autoscaler.config import load
from autoscaler.core.ledger import Instance, Phase
from autoscaler.hosts.local import Local
from autoscaler.ports import Compute
from autoscaler.world.python_task import enqueue_python
from autoscaler.world.server import StandIn
from tests.e2e.machine.gate import Gate

_BEGINS = 60.0
_MARK = """
import os
mark = os.open({path!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
os.write(mark, {name!r}.encode() + b"\\n")
"""


@dataclass(frozen=True, slots=True)
class Agent:
    """The real agent of one machine, and the guard that keeps it."""

    instance: Instance
    process: psutil.Process

    @property
    def frozen(self) -> bool:
        return self._status() == psutil.STATUS_STOPPED

    @property
    def gone(self) -> bool:
        return self._status() in ("", psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)

    def _status(self) -> str:
        try:
            return self.process.status()
        except psutil.NoSuchProcess:
            return ""


class House:
    """`lanes` are resources with a queue and one machine each. Times are those of `monotonic`."""

    def __init__(self, folder: Path, server: StandIn, gate: Gate, lanes: Sequence[str]) -> None:
        self.folder, self.server, self.gate = folder, server, gate
        self._marks = folder / "marks"
        with server.lock:
            self.queues = {name: server.world.queues.create(name).id for name in lanes}
        path = folder / "autoscaler.yaml"
        path.write_text(yaml.safe_dump(_configuration(server.url, lanes)))
        os.environ["RACE_ACCESS"] = server.credentials.access_key
        os.environ["RACE_SECRET"] = server.credentials.secret_key
        self.local = Local(load(path))

    @contextmanager
    def scaling(self) -> Iterator[None]:
        """Run the poller, the launcher and the reaper until the end of the block."""
        stop = threading.Event()

        def run() -> None:
            self.local.run(stop, on_tick=lambda _: None, on_error=lambda _: None)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            if not eventually(self.local.config.state.exists, _BEGINS):
                raise TimeoutError("no tick made a state table")
            yield
        finally:
            stop.set()
            thread.join()
            self.end()

    def end(self) -> None:
        """Every machine ends, whatever it does."""
        for machine in self.compute.machines():
            if machine.state == "living":
                self.compute.terminate(machine.instance_id)

    @property
    def compute(self) -> Compute:
        return self.local.computes["process"]

    def enqueue(self, lane: str) -> str:
        """A task that leaves a mark each time it runs."""
        with self.server.lock:
            name = f"task-{len(self.server.world.tasks.all())}"
            code = _MARK.format(path=str(self._marks), name=name)
            return enqueue_python(self.server.world, name, code, queue=self.queues[lane]).id

    def runs(self) -> list[str]:
        """The names of tasks, one for each time that one ran."""
        return self._marks.read_text().split() if self._marks.exists() else []

    def idle_agent(self, local: Local, lane: str) -> Agent:
        """The lane's machine, once it waits for work and for nothing else."""
        while True:
            agent = self._agent(local, lane)
            if agent:
                return agent
            sleep(0.5)

    def _agent(self, local: Local, lane: str) -> Agent | None:
        for row in local.state.live():
            if not isinstance(row, Instance) or row.resource != lane:
                continue
            if row.phase == Phase.UP and row.idle_since and not row.drain_nonce:
                process = agent_process(self.local.config.workdir / row.instance_id)
                return Agent(row, process) if process else None
        return None


def agent_process(folder: Path) -> psutil.Process | None:
    """The agent that the guard of this machine keeps."""
    try:
        guard = psutil.Process(int((folder / "guard").read_text()))
        return next(p for p in guard.children() if "daemon" in p.cmdline())
    except (OSError, ValueError, psutil.Error, StopIteration):
        return None


@contextmanager
def house(folder: Path, lanes: Sequence[str]) -> Iterator[House]:
    gate = Gate()
    folder.mkdir(exist_ok=True)
    with StandIn(log_file=folder / "server.log", watch=gate) as server:
        yield House(folder, server, gate, lanes)


def eventually(happens: Callable[[], bool], within: float, every: float = 0.005) -> bool:
    until = monotonic() + within
    while not happens():
        if monotonic() > until:
            return False
        sleep(every)
    return True


def _configuration(api: str, lanes: Sequence[str]) -> dict[str, object]:
    return {
        "deployment": "race",
        "clearml": {"api": api, "access_key": "env:RACE_ACCESS", "secret_key": "env:RACE_SECRET"},
        "polling_interval": "2s",
        "autoscalers": [
            {
                "name": "race",
                "workers_prefix": "race",
                "max_idle": "1h",
                "max_spin_up": "5m",
                "resources": [
                    {
                        "name": lane,
                        "queues": [lane],
                        "provider": "process",
                        "cpu_only": True,
                        "task_python": sys.executable,
                        "min_instances": 1,
                        "max_instances": 1,
                    }
                    for lane in lanes
                ],
            }
        ],
    }
