"""What one pass of each side computes, when there are many machines and queues.

A pass reads ClearML, decides, and has nothing to start or stop: every machine is at work, and one
task more than there are machines waits in each queue. Each side has its own API client, the
same server (the stand-in, in a process of its own), and its own process, whose CPU time counts.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from itertools import pairwise
from multiprocessing import get_context
from statistics import median
from time import process_time
from typing import Any, Final

from pydantic import SecretStr

from autoscaler.adapters.clearml import (
    ClearmlClient,
    ClearmlQueues,
    ClearmlSettings,
    ClearmlTasks,
    ClearmlWorkers,
)
from autoscaler.core.ledger import Phase
from autoscaler.core.plan import decide
from autoscaler.world.api import Request
from autoscaler.world.server import StandIn, Watch
from tests.benchmarks.peer.scaler import silent
from tests.services.stage import Stage, resource

WORKERS: Final = (10, 100, 1000, 5000)
QUEUES: Final = (1, 10, 100)
_WARM, _PASSES = 2, 7
_SPAWN = get_context("spawn")


@dataclass(frozen=True, slots=True)
class Pass:
    """`decide_cpu_ms`: of ours, the decision alone, without reading and writing."""

    workers: int
    queues: int
    ours_cpu_ms: float
    peer_cpu_ms: float
    ours_calls: int
    peer_calls: int
    decide_cpu_ms: float

    def document(self) -> dict[str, float]:
        found = {name: round(value, 2) for name, value in asdict(self).items()}
        del found["decide_cpu_ms"]
        return found


@dataclass(frozen=True, slots=True)
class Crowd:
    """Known to every process: each builds the same one."""

    workers: int
    queues: int
    at: datetime

    def stage(self) -> Stage:
        most = [len(range(n, self.workers, self.queues)) for n in range(self.queues)]
        names = [f"queue-{number}" for number in range(self.queues)]
        stage = Stage(
            *(
                resource(f"r{number}", queues=(name,), max_instances=max(1, most[number]))
                for number, name in enumerate(names)
            )
        )
        for name, machines in zip(names, most, strict=True):
            if machines:
                stage.enqueue(name, machines + 1)
        stage.play()
        stage.agents.register()
        stage.agents.work()
        stage.minutes(2)
        stage.advance(self.at - stage.clock.now())
        assert len(stage.instances(Phase.UP)) == len(stage.agents.running) == self.workers
        return stage


def measured(workers: int, queues: int) -> Pass:
    crowd = Crowd(workers, queues, datetime.now(UTC).replace(microsecond=0))
    with _served(crowd) as (login, asked):
        ours, alone, our_calls = _apart(_ours, crowd, login, asked)
        peer, _, peer_calls = _apart(_peer, crowd, login, asked)
    return Pass(workers, queues, ours, peer, our_calls, peer_calls, alone)


# --- the server ---

Login = tuple[str, str, str]
Found = tuple[float, float, int]


class _Count(Watch):
    def __init__(self, asked: Any) -> None:
        self._asked = asked

    def arrives(self, request: Request) -> None:
        if not request.path.endswith("auth.login"):
            self._asked.value += 1


@contextmanager
def _served(crowd: Crowd) -> Iterator[tuple[Login, Any]]:
    asked = _SPAWN.Value("i", 0)
    here, there = _SPAWN.Pipe()
    server = _SPAWN.Process(target=_serve, args=(crowd, there, asked))
    server.start()
    try:
        yield here.recv(), asked
    finally:
        here.send("end")
        server.join()


def _serve(crowd: Crowd, pipe: Any, asked: Any) -> None:
    world = crowd.stage().clearml
    standin = StandIn(watch=_Count(asked))
    standin.world = world
    standin.credentials = world.users.give_key(world.user)
    with standin:
        pipe.send((standin.url, standin.credentials.access_key, standin.credentials.secret_key))
        pipe.recv()


def _apart(
    side: Callable[[Crowd, Login, Any, Any], None], crowd: Crowd, login: Login, asked: Any
) -> Found:
    here, there = _SPAWN.Pipe()
    process = _SPAWN.Process(target=side, args=(crowd, login, asked, there))
    process.start()
    found: Found = here.recv()
    process.join()
    return found


# --- ours ---


def _ours(crowd: Crowd, login: Login, asked: Any, pipe: Any) -> None:
    stage = crowd.stage()
    url, key, secret = login
    settings = ClearmlSettings(api_url=url, access_key=key, secret_key=SecretStr(secret))
    client = ClearmlClient(settings, now=crowd.at.timestamp)
    stage.ports = replace(
        stage.ports,
        queues=ClearmlQueues(client),
        workers=ClearmlWorkers(client, client),
        tasks=ClearmlTasks(client),
    )
    stage.restart()
    passes, calls = [], 0
    for _ in range(_WARM + _PASSES):
        before, began = asked.value, process_time()
        tick = stage.poller.tick()
        passes.append(process_time() - began)
        calls = asked.value - before
    alone = []
    for _ in range(_WARM + _PASSES):
        began = process_time()
        decide(stage.deployment, tick.seen)
        alone.append(process_time() - began)
    pipe.send((median(passes[_WARM:]) * 1000, median(alone[_WARM:]) * 1000, calls))


# --- the peer ---


class _Enough(BaseException):
    """Not an Exception: the autoscaler would go on after one."""


class _Idle:
    """A driver that is never asked for anything."""

    def kind(self) -> str:
        return "AWS"

    def set_scaler(self, scaler: object) -> None:
        """It logs nothing."""


def _peer(crowd: Crowd, login: Login, asked: Any, pipe: Any) -> None:
    url, key, secret = login
    os.environ |= {
        "CLEARML_API_HOST": url,
        "CLEARML_WEB_HOST": url,
        "CLEARML_FILES_HOST": url,
        "CLEARML_API_ACCESS_KEY": key,
        "CLEARML_API_SECRET_KEY": secret,
    }
    module: Any = import_module("clearml.automation.auto_scaler")
    most = [len(range(n, crowd.workers, crowd.queues)) for n in range(crowd.queues)]
    config = module.ScalerConfig(
        workers_prefix="dyn",
        queues={f"queue-{n}": [(f"r{n}", many)] for n, many in enumerate(most)},
        resource_configurations={f"r{n}": {"instance_type": "small"} for n in range(crowd.queues)},
    )
    passes: list[float] = []
    counts: list[int] = []

    def sleep(_: float) -> None:
        passes.append(process_time())
        counts.append(asked.value)
        if len(passes) > _WARM + _PASSES:
            raise _Enough

    module.sleep = sleep
    scaler = module.AutoScaler(config, _Idle(), silent())
    try:
        scaler.start()
    except _Enough:
        each = [later - earlier for earlier, later in pairwise(passes)]
        pipe.send((median(each[_WARM:]) * 1000, 0.0, counts[-1] - counts[-2]))
