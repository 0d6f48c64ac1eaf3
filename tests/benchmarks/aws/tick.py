"""Warm ticks with many machines at work, ours or the peer's, in a process of its own.

`python tick.py ours|decision|peer MACHINES QUEUES PASSES` in one world in memory: our handler with
every port in memory, or only its decision; the peer's AutoScaler with an API client and a driver
that answer from it.
`python tick.py peer-http … URL` has the peer's own client ask a server; what it launched is read
from standard input. It prints the CPU seconds of each pass, the first ones left out, as JSON.
"""

import importlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from types import SimpleNamespace
from typing import Any

from tests.benchmarks.aws.process import Context, peak

_SOURCES = Path(__file__).parents[3] / "shared" / "autoscaler"
_WARM = 3
_ALWAYS = 10**6  # minutes


def ours(machines: int, queues: int, passes: int) -> list[float]:
    stage = _stage(machines, queues)
    module: Any = importlib.import_module("functions.aws.poller")
    host = vars(module.in_force)["_host"]  # without a look into a table, which is not there
    vars(host).update(deployment=stage.deployment, poller=stage.poller)
    vars(module.in_force)["current"] = lambda: host
    event = poked(host.config.name)
    taken = []
    for _ in range(passes + _WARM):
        began = process_time()
        answer = module.handler(event, Context())
        taken.append(process_time() - began)
        assert len(answer["gens"]) == 1
    return taken[_WARM:]


def poked(deployment: str) -> Mapping[str, Any]:
    """Asks for a single tick; those of a schedule go on for a minute while machines live."""
    announce = importlib.import_module("autoscaler.services.announce")
    message = announce.poke(deployment, "a benchmark", datetime.now(UTC))
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": message.model_dump_json()}}]}


def decision(machines: int, queues: int, passes: int) -> list[float]:
    """Of such a tick, only what is decided from what was seen."""
    stage = _stage(machines, queues)
    seen, _ = stage.poller.preview()
    decide = importlib.import_module("autoscaler.core.plan").decide
    taken = []
    for _ in range(passes + _WARM):
        began = process_time()
        decide(stage.deployment, seen)
        taken.append(process_time() - began)
    return taken[_WARM:]


def peer(machines: int, queues: int, passes: int) -> list[float]:
    world = _stage(machines, queues).clearml
    found = [(worker.id, worker.id.split(":")[1]) for worker in world.workers.all()]
    assert len(found) == machines
    names = [q.name for q in world.queues.all() if q.name.endswith("-0")]  # q7-0 is of r7
    resources = {f"r{name[1:-2]}": name for name in names}
    return Passes(resources, found, passes, lambda _: Answers(world)).taken


def peer_http(passes: int) -> list[float]:
    """The environment says where the server is, as for any program with the SDK."""
    told = json.loads(sys.stdin.read())
    return Passes(
        told["resources"], told["workers"], passes, lambda scaler: scaler.api_client
    ).taken


class Answers:
    """What the SDK's client would answer, from the world itself."""

    def __init__(self, world: Any) -> None:
        self._world = world
        self.queues = self.workers = self

    def get_all(self, only_fields: Sequence[str] = ()) -> list[Any]:
        if only_fields:
            return [SimpleNamespace(id=q.id, name=q.name) for q in self._world.queues.all()]
        return [
            SimpleNamespace(
                id=worker.id,
                task=worker.task,
                register_time=worker.register_time,
                last_activity_time=worker.last_activity_time,
                last_report_time=worker.last_report_time,
            )
            for worker in self._world.workers.all()
        ]

    def get_by_id(self, id: str) -> Any:
        return SimpleNamespace(entries=list(self._world.queues.get(id).entries))


class Before:
    """No worker has registered, and a task waits for each machine."""

    def __init__(self, resources: Mapping[str, str], each: int) -> None:
        self._names, self._each = list(resources.values()), each
        self.queues, self.workers = self, SimpleNamespace(get_all=list)

    def get_all(self, only_fields: Sequence[str]) -> list[Any]:
        assert only_fields
        return [SimpleNamespace(id=name, name=name) for name in self._names]

    def get_by_id(self, _: str) -> Any:
        return SimpleNamespace(entries=[None] * self._each)


class Driver:
    """Starts the machines of the world, in their order, and has nothing else to do."""

    def __init__(self, workers: Iterable[Sequence[str]]) -> None:
        self._ids: dict[str, list[str]] = {}
        for worker, resource in workers:
            self._ids.setdefault(resource, []).append(worker.rpartition(":")[2])

    @property
    def left(self) -> bool:
        return any(self._ids.values())

    def kind(self) -> str:
        return "stub"

    def set_scaler(self, _: object) -> None:
        """It asks nothing of it."""

    def spin_up_worker(self, resource: Mapping[str, str], *_: object, **__: object) -> str:
        return self._ids[resource["name"]].pop(0)

    def console_log(self, _: str) -> str:
        return ""


class Passes:
    """The peer's own loop, run until it has made so many passes; `taken`: CPU seconds of each."""

    def __init__(
        self,
        resources: Mapping[str, str],
        workers: Sequence[Sequence[str]],
        passes: int,
        client: Callable[[Any], Any],
    ) -> None:
        module: Any = importlib.import_module("clearml.automation.auto_scaler")
        self._passes = passes
        self._all: list[float] = []
        prefix, _, type, _ = workers[0][0].split(":")
        each = len(workers) // len(resources)
        if "CLEARML_API_HOST" not in os.environ:
            module.Session, module.APIClient = _NoSession, object
        driver = Driver(workers)
        self._scaler = module.AutoScaler(
            module.ScalerConfig(
                max_idle_time_min=_ALWAYS,
                max_spin_up_time_min=_ALWAYS,
                workers_prefix=prefix,
                resource_configurations={
                    name: {"name": name, "instance_type": type} for name in resources
                },
                queues={queue: [(name, each)] for name, queue in resources.items()},
            ),
            driver,
        )
        self._client = client(self._scaler)
        self._scaler.api_client = Before(resources, each)
        module.sleep = self._sleep
        self._began = process_time()
        self._scaler.supervisor()
        assert not driver.left, "it has not started every machine"
        self.taken = self._all[_WARM:]

    def _sleep(self, _: float) -> None:
        """Between two passes; before the second one the machines have come up."""
        if threading.current_thread() is not threading.main_thread():
            sys.exit()  # it would look at a console for half an hour
        self._all.append(process_time() - self._began)
        if len(self._all) == self._passes + _WARM:
            self._scaler.stop()
        self._scaler.api_client = self._client
        self._began = process_time()


class _NoSession:
    access_key = secret_key = "none"

    def __getattr__(self, name: str) -> Any:
        return lambda: f"https://{name}.example"


def _stage(machines: int, queues: int) -> Any:
    """The world is no part of the archive: it comes from the sources."""
    for name in ("autoscaler", "autoscaler.adapters"):
        package = importlib.import_module(name)
        package.__path__.append(str(_SOURCES.joinpath(*name.split(".")[1:])))
    stage = importlib.import_module("tests.services.crowd").at_work(machines, queues, 1)
    for number, queue in enumerate(stage.clearml.queues.all()):
        if number % 2:
            stage.enqueue(queue.name)
    return stage


def main() -> None:
    say = os.fdopen(os.dup(1), "w")
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    side, machines, queues, passes = sys.argv[1], *map(int, sys.argv[2:5])
    if side == "peer-http":
        taken = peer_http(passes)
    else:
        sides = {"ours": ours, "decision": decision, "peer": peer}
        taken = sides[side](machines, queues, passes)
    say.write(json.dumps({"taken": taken, "peak": peak()}))
    say.flush()
    os._exit(0)  # the SDK's threads would keep it


if __name__ == "__main__":
    main()
