"""Machines of the clouds with the real clearml-agent: drained, and taken back by their cloud."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import pytest

from autoscaler.adapters.local.processes import GuardTiming, Processes, ProcessSpec
from autoscaler.config import load
from autoscaler.errors import AutoscalerError
from autoscaler.hosts.local import Local
from autoscaler.machine.guard.orders import DRAIN_KEY
from autoscaler.services.poll import Tick
from autoscaler.world.api import Request, Response
from autoscaler.world.api.api import route
from autoscaler.world.clearml import Status
from autoscaler.world.python_task import enqueue_python
from autoscaler.world.server import StandIn, Watch
from tests.machine.metadata.ec2 import Ec2Metadata
from tests.machine.metadata.gce import GceMetadata
from tests.machine.process_bench import ProcessBench, eventually, process_bench

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

CONFIG = """\
deployment: lab
polling_interval: 1s
clearml: {{api: "{api}", web: "{api}", files: "{api}"}}
autoscalers:
  - name: team
    resources: [{{name: cpu, provider: process, queues: [default], max_instances: 1}}]
"""


class CloudTiming(GuardTiming):
    """The guard of a cloud's machine that is a folder nevertheless."""

    source: str
    metadata: str
    margin: float = 1


def timing(source: str, url: str) -> CloudTiming:
    return CloudTiming(poll=0.1, probe=1, again=1, source=source, metadata=url)


@pytest.fixture(params=["ec2", "gce"])
def service(request: pytest.FixtureRequest) -> Iterator[Ec2Metadata | GceMetadata]:
    with Ec2Metadata() if request.param == "ec2" else GceMetadata() as service:
        yield service


def order(service: Ec2Metadata | GceMetadata, nonce: str) -> None:
    if isinstance(service, Ec2Metadata):
        service.set_tag(DRAIN_KEY, nonce)
    else:
        service.set_attribute(DRAIN_KEY, nonce)


@pytest.fixture
def bench(service: Ec2Metadata | GceMetadata, tmp_path: Path) -> Iterator[ProcessBench]:
    source = "ec2" if isinstance(service, Ec2Metadata) else "gce"
    with process_bench(tmp_path) as bench:
        bench.specs["team/cpu"] = bench.spec(
            command=(),
            python=sys.executable,
            poll_every=timedelta(seconds=0.2),
            report_every=timedelta(seconds=1),
            guard=timing(source, service.url),
        )
        yield bench


def test_a_machine_is_drained_by_its_tag_or_attribute_once_it_is_idle(
    bench: ProcessBench, service: Ec2Metadata | GceMetadata
) -> None:
    (machine,) = bench.launch()
    task = bench.submit("import time; time.sleep(6); print('the answer is', 6 * 7)")
    eventually(lambda: bench.task(task).status is Status.IN_PROGRESS)
    order(service, "n1")
    bench.judged(machine, "n1")
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    assert "the answer is 42" in bench.standin.world.events.console(task)
    assert bench.state(machine) == "living"
    eventually(lambda: not any(worker.task for worker in bench.standin.world.workers.all()))
    order(service, "n2")
    eventually(lambda: bench.state(machine) == "gone")
    assert bench.standin.world.workers.all() == []


class Fronted(NamedTuple):
    """A task was moved to the front: after how many ticks, before which others, and why."""

    ticks: int
    waiting: list[str]
    why: str


class Front(Watch):
    """Tells of it on the server's side, before the answer leaves."""

    told: Callable[[str], None]

    def answered(self, request: Request, response: Response) -> None:  # noqa: ARG002 - the port's
        if route(request.path)[0] == "queues.move_task_to_front":
            self.told(json.loads(request.body)["task"])


class Story:
    """One deployment of one spot machine at a time, scaled by a thread."""

    def __init__(self, folder: Path, standin: StandIn, spot: Ec2Metadata, front: Front) -> None:
        self.standin = standin
        self.queue = standin.world.queues.default().id
        self.ticks: list[Tick] = []
        self.fronted: list[Fronted] = []
        front.told = self._fronted
        self.errors: list[AutoscalerError] = []
        path = folder / "autoscaler.yaml"
        path.write_text(CONFIG.format(api=standin.url))
        self.host = Local(load(path))
        spec = ProcessSpec(
            prefix=self.host.deployment.autoscalers[0].prefix,
            api_server=standin.url,
            access_key=standin.credentials.access_key,
            secret_key=standin.credentials.secret_key,
            python=sys.executable,
            cpu_only=True,
            poll_every=timedelta(seconds=0.2),
            report_every=timedelta(seconds=1),
            guard=timing("ec2", spot.url),
        )
        specs = {"team/cpu": spec}
        config = self.host.config
        self.compute = Processes(config.workdir, config.name, specs, self.host.clock)
        self.host.computes = {"process": self.compute}

    @contextmanager
    def scaled(self) -> Iterator[None]:
        stop = Event()
        run = Thread(
            target=lambda: self.host.run(
                stop, on_tick=self.ticks.append, on_error=self.errors.append
            )
        )
        run.start()
        try:
            yield
        finally:
            stop.set()
            run.join()
            for machine in self.compute.machines():
                self.compute.terminate(machine.instance_id)

    def submit(self, code: str) -> str:
        with self.standin.lock:
            return enqueue_python(self.standin.world, "task", code, queue=self.queue).id

    def is_(self, task: str, status: Status) -> Callable[[], bool]:
        return lambda: self.standin.world.tasks.get(task).status is status

    def _fronted(self, task: str) -> None:
        world = self.standin.world
        waiting = [entry.task for entry in world.queues.get(self.queue).entries]
        why = str(world.tasks.get(task).status_reason)
        self.fronted.append(Fronted(len(self.ticks), waiting, why))

    def living(self) -> list[str]:
        return [one.instance_id for one in self.compute.machines() if one.state != "gone"]


@pytest.fixture
def spot() -> Iterator[Ec2Metadata]:
    with Ec2Metadata() as service:
        yield service


@pytest.fixture
def story(tmp_path: Path, spot: Ec2Metadata, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    front = Front()
    with StandIn(watch=front) as standin:
        monkeypatch.setenv("CLEARML_API_ACCESS_KEY", standin.credentials.access_key)
        monkeypatch.setenv("CLEARML_API_SECRET_KEY", standin.credentials.secret_key)
        yield Story(tmp_path, standin, spot, front)


def test_a_task_whose_spot_machine_is_reclaimed_is_first_in_line_again_and_ends_elsewhere(
    story: Story, spot: Ec2Metadata, tmp_path: Path
) -> None:
    code = f"""
        import pathlib, time
        seen = pathlib.Path({str(tmp_path / "seen")!r})
        again = seen.exists()
        seen.touch()
        time.sleep(0 if again else 600)
    """
    log = story.standin.log
    with story.scaled():
        task = story.submit(code)
        eventually((tmp_path / "seen").exists)
        (first,) = story.living()
        other = story.submit("pass")
        spot.notice(story.host.clock.now() + timedelta(seconds=5))
        eventually(lambda: "guard ending" in "\n".join(story.compute.log(first)))
        spot.take_back()
        eventually(lambda: first not in story.living())
        ticks = len(story.ticks)
        eventually(lambda: story.fronted)
        eventually(story.is_(task, Status.COMPLETED))
        eventually(story.is_(other, Status.COMPLETED))
    assert not story.errors
    assert [line.task for line in log.of("tasks.stopped")] == [task]
    (back,) = story.fronted
    assert back.waiting == [task, other]
    assert back.ticks - ticks <= 2
    assert f"its machine {first} was lost (reclaimed by the cloud: spot notice" in back.why
