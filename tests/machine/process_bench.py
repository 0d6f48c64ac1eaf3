"""Processes against a stand-in ClearML, with an agent that starts fast."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from autoscaler.adapters.local.processes import GuardTiming, Processes, ProcessSpec
from autoscaler.adapters.local.system import SystemClock
from autoscaler.core.seen import Machine
from autoscaler.ports import Clock, Launched, Order
from autoscaler.world.clearml import Task
from autoscaler.world.python_task import enqueue_python
from autoscaler.world.server import StandIn
from tests.world import eventually as waiting

FAKE = (sys.executable, "-I", str(Path(__file__).with_name("fake_agent.py")))
QUICK = GuardTiming(poll=0.03, probe=0.1, freeze=0.1, again=0.2, restart=0.02)
HOLD = "import time; time.sleep(600)"
T = TypeVar("T")


def eventually(look: Callable[[], T | None]) -> T:
    """The first true answer of `look`; a computer that is busy with other tests gets its time."""
    return waiting.eventually(look, within=45)


class ProcessBench:
    """The bench of the Compute contract; the specs of its resource may be changed."""

    def __init__(self, folder: Path, standin: StandIn) -> None:
        self.folder, self.standin = folder, standin
        self.queue = standin.world.queues.create("work").id
        self.secrets = (standin.credentials.secret_key, "a-password", "s3-secret")
        self.specs = {"team/cpu": self.spec()}
        self.clock: Clock = SystemClock()
        self.compute = self.processes("test")

    def spec(self, **changed: Any) -> ProcessSpec:
        settings: dict[str, Any] = {
            "prefix": "team",
            "api_server": self.standin.url,
            "access_key": self.standin.credentials.access_key,
            "secret_key": self.standin.credentials.secret_key,
            "command": FAKE,
            "cpu_only": True,
            "poll_every": timedelta(seconds=0.03),
            "guard": QUICK,
            "environment": {"GIT_PASSWORD": "a-password"},
            "conf": 'sdk.aws.s3.secret: "s3-secret"',
        }
        return ProcessSpec(**{**settings, **changed})

    def processes(self, deployment: str, **changed: Any) -> Processes:
        return Processes(self.folder, deployment, self.specs, self.clock, **changed)

    def order(self, launch: str, *, count: int = 1) -> Order:
        return Order(
            deployment="test",
            autoscaler="team",
            resource="cpu",
            offering="process:on-demand",
            launch=launch,
            attempt=1,
            indexes=tuple(range(10, 10 + count)),
            token=f"test-{launch}-1",
            queue_ids=(self.queue,),
        )

    def edited(self, request: str) -> str:
        return request.replace(self.queue, "f" * 32)

    def launch(self, launch: str = "a", *, count: int = 1) -> tuple[Machine, ...]:
        """Start machines, and wait for their agents."""
        order = self.order(launch, count=count)
        answer = self.compute.launch(order, self.compute.render(order))
        assert isinstance(answer, Launched), answer
        for machine in answer.machines:
            self.up(machine)
        return answer.machines

    def stranger(self) -> Processes:
        return self.processes("another")

    def up(self, machine: Machine) -> None:
        eventually(lambda: self.standin.world.workers.all(pattern=machine.worker + "*"))

    def submit(self, code: str) -> str:
        with self.standin.lock:
            return enqueue_python(self.standin.world, "task", code, queue=self.queue).id

    def task(self, task: str) -> Task:
        return self.standin.world.tasks.get(task)

    def occupy(self, machine: Machine) -> None:
        end = str(self._exit(machine))
        self.submit(f"import os, time\nwhile not os.path.exists({end!r}): time.sleep(0.02)")
        eventually(lambda: self._worker_task(machine))

    def release(self, machine: Machine) -> None:
        self._exit(machine).touch()
        eventually(lambda: not self._worker_task(machine))

    def judged(self, machine: Machine, nonce: str) -> None:
        eventually(lambda: f'drain-refused nonce="{nonce}"' in self.text(machine))

    def text(self, machine: Machine) -> str:
        return "\n".join(self.compute.log(machine.instance_id))

    def state(self, machine: Machine) -> str:
        found = {one.instance_id: one.state for one in self.compute.machines()}
        return found[machine.instance_id]

    def eventually(self, look: Callable[[], T | None]) -> T:
        return eventually(look)

    def _worker_task(self, machine: Machine) -> str | None:
        worker = self.standin.world.workers.find(machine.worker)
        assert worker
        return worker.task

    def _exit(self, machine: Machine) -> Path:
        return self.folder.parent / f"{machine.instance_id}.may-end"


@contextmanager
def process_bench(tmp_path: Path) -> Iterator[ProcessBench]:
    """At the end nothing runs any more."""
    with StandIn() as standin:
        bench = ProcessBench(tmp_path / "machines", standin)
        try:
            yield bench
        finally:
            for deployment in ("test", "another"):
                compute = bench.processes(deployment)
                for machine in compute.machines():
                    compute.terminate(machine.instance_id)
