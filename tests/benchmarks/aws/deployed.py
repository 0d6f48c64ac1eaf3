"""A deployment on this computer whose functions are the packaged ones, each a process of its own.

Its table is in DynamoDB Local, its EC2 the fake with tokens and limits, its ClearML the stand-in,
the rest moto's; none of them is in a process that is measured.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from autoscaler.adapters.aws.clients import Clients, forget_session
from autoscaler.adapters.aws.dynamodb import DynamoState
from autoscaler.adapters.local.system import EnvSecrets, UlidIds
from autoscaler.adapters.memory.clearml import MemoryQueues, MemoryTasks, MemoryWorkers
from autoscaler.adapters.memory.clock import FixedClock
from autoscaler.adapters.memory.notifier import MemoryNotifier
from autoscaler.adapters.memory.state import MemoryState
from autoscaler.adapters.memory.topic import MemoryTopic
from autoscaler.config import parse
from autoscaler.core.ledger import Instance, Past, Row
from autoscaler.hosts.computes import build
from autoscaler.machine.guard.orders import DRAIN_KEY
from autoscaler.ports import Ports, State
from autoscaler.services.launch import Launcher
from autoscaler.services.poll import Poller
from autoscaler.services.reap import Reaper
from autoscaler.world.cloud import Cloud
from tests.adapters.aws.fake_ec2 import Cloud as Ec2
from tests.adapters.aws.fake_ec2 import FakeAws
from tests.adapters.aws.fake_ec2.machines import Box
from tests.benchmarks.aws.processes import Cost, Process
from tests.benchmarks.aws.sides import Sides
from tests.functions.lab import Lab, configuration, every_minute, lab, over_sns
from tests.real import dynamodb_local
from tests.real.aws import CREDENTIALS, REGION, account
from tests.services.agents import Agents

_MINUTE = timedelta(minutes=1)


class Deployed:
    """Each queue has a resource of its name. `costs`: every invocation of a function, in order."""

    def __init__(
        self,
        sides: Sides,
        here: Lab,
        aws: FakeAws,
        clock: FixedClock,
        queues: Sequence[str],
        most: int,
        environment: Mapping[str, str],
    ) -> None:
        self._sides = sides
        self._environment = {**environment, "PYTHONPATH": sides.path("ours")}
        self.here, self.aws, self.clock, self.queues = here, aws, clock, queues
        self.costs: list[tuple[str, Cost]] = []
        self._running: dict[str, Process] = {}
        self._opened = ExitStack()
        self.text = json.dumps(_configured(here.clearml.url, queues, most))
        (here.folder / "autoscaler.json").write_text(self.text)
        self.deployment = parse(self.text).deployment()
        for name in queues:
            here.clearml.world.queues.create(name)
        # The agents only ask for the machines that live.
        self.agents = Agents(self.deployment, here.clearml.world, cast("Cloud", self))
        self.cloud.on_tag = self._guard
        self._told: set[str] = set()
        self._rows: dict[str, Instance] = {}

    @property
    def cloud(self) -> Ec2:
        return self.aws.cloud(REGION)

    def close(self) -> None:
        self._opened.close()

    # --- the world ---

    def enqueue(self, queue: str, tasks: int) -> None:
        world = self.here.clearml.world
        found = world.queues.find(queue)
        assert found
        with self.here.clearml.lock:
            for _ in range(tasks):
                world.tasks.enqueue(world.tasks.create("work").id, found.id)

    def living(self) -> list[Instance]:
        boxes = {box.id for box in self.cloud.living()}
        if not boxes <= self._rows.keys():
            self._rows |= {row.instance_id: row for row in self.here.instances()}
        return [self._rows[one] for one in boxes if one in self._rows]

    def _guard(self, box: Box, key: str, nonce: str) -> None:
        """An idle machine follows its order to go."""
        if key == DRAIN_KEY and nonce and not box.stopped:
            box.stop(self.clock.now(), "Client.InstanceInitiatedShutdown", "it shut itself down")

    # --- the functions ---

    def process(self, name: str, which: str = "") -> Process:
        """Started when it is first asked for; `which` tells processes of one function apart."""
        key = f"{name}{which}"
        if key not in self._running:
            log = self.here.folder / f"{key}.log"
            made = Process(self._sides.python, f"functions.aws.{name}", log, self._environment)
            self._running[key] = self._opened.enter_context(made)
        return self._running[key]

    def invoke(self, name: str, event: object, which: str = "") -> Cost:
        process = self.process(name, which)
        cost = process.invoke(event, self.clock.now(), self._meanwhile)
        self.costs.append((name, cost))
        return cost

    def minute(self) -> Cost:
        """The schedule's invocation, and all that its messages bring about in this minute."""
        until = self.clock.now() + _MINUTE
        cost = self.invoke("poller", every_minute())
        self.deliver()
        self.clock.advance(until - self.clock.now())
        self.agents.report()
        return cost

    def deliver(self) -> None:
        for name, queue in (("launcher", "launch"), ("reaper", "reap")):
            records = self.here.taken(queue)["Records"]
            most = 1 if name == "launcher" else 10  # as serverless.yml has the batches
            for first in range(0, len(records), most):
                self.invoke(name, {"Records": records[first : first + most]})
        self._tell_ends()

    def _tell_ends(self) -> None:
        """EC2 tells of each machine that ends twice; the pokes of the watcher are invocations."""
        for box in self.cloud.boxes.values():
            if box.stopped and box.id not in self._told:
                self._told.add(box.id)
                for state in ("shutting-down", "terminated"):
                    self.invoke("watcher", _said(box.id, state, self.clock.now()))
        for each in self.here.taken("poke")["Records"]:  # the one of the schedule may be waiting
            self.invoke("poller", over_sns({"Records": [each]}), "-poked")

    def _meanwhile(self, seconds: float) -> datetime:
        self.deliver()
        self.clock.advance(timedelta(seconds=seconds))
        self.agents.report()
        return self.clock.now()

    # --- many machines, without the functions ---

    def crowd(self, each: int) -> None:
        """So many machines of each resource, all at work; the real services start them."""
        for queue in self.queues:
            self.enqueue(queue, each)
        state = MemoryState()
        poller, ports, topic = self._services(state)
        acts: dict[str, Callable[[str], object]] = {
            "launch": Launcher(self.deployment, ports),
            "reap": Reaper(self.deployment, ports),
        }

        def minute() -> None:
            poller.tick()
            for message in topic.receive(self.clock.now()):
                if message.kind in acts:
                    acts[message.kind](message.id)
            self.clock.advance(_MINUTE)

        while len(self.cloud.living()) < each * len(self.queues):
            minute()
        self._rows = {row.instance_id: row for row in state.live() if isinstance(row, Instance)}
        self.agents.register()
        self.agents.work()
        for _ in range(5):
            minute()
            self.agents.report()
        rows = [row.model_copy(update={"revision": 0}) for row in state.live()]
        self._portions().commit(put=rows)

    def ordered(self, queue: str, machines: int) -> Sequence[str]:
        """The messages of launches that nobody has heard of yet."""
        self.enqueue(queue, machines)
        poller, _, topic = self._services(self._portions())
        poller.tick()
        found = [one for one in topic.receive(self.clock.now()) if one.kind == "launch"]
        return [each.model_dump_json() for each in found]

    def _portions(self) -> State:
        return Portions(self.here.clients.dynamodb(), self.here.table)

    def _services(self, state: State) -> tuple[Poller, Ports, MemoryTopic]:
        world, topic = self.here.clearml.world, MemoryTopic()
        ports = Ports(
            state=state,
            topic=topic,
            queues=MemoryQueues(world),
            workers=MemoryWorkers(world),
            tasks=MemoryTasks(world),
            computes=build(parse(self.text), self.clock, EnvSecrets({})),
            clock=self.clock,
            ids=UlidIds(self.clock),
            notifier=MemoryNotifier(),
        )
        return Poller(self.deployment, ports, owner="crowd"), ports, topic


class Portions(DynamoState):
    """Takes AWS's transactions of 100 to pieces: DynamoDB Local has ten, and nobody races."""

    def commit(
        self, *, put: Sequence[Row] = (), remove: Sequence[Row] = (), record: Sequence[Past] = ()
    ) -> None:
        for first in range(0, len(put), dynamodb_local.LIMIT):
            super().commit(put=put[first : first + dynamodb_local.LIMIT])
        for row in remove:
            super().commit(remove=[row])
        for past in record:
            super().commit(record=[past])


@contextmanager
def deployed(
    sides: Sides, folder: Path, queues: Sequence[str], most: int, *, metered: bool = False
) -> Iterator[Deployed]:
    """One resource for each of these queues, of `most` machines.

    `metered`: the functions count what they ask AWS for, and load a little more for it.
    """
    clock = FixedClock(datetime.now(UTC))
    with ExitStack() as opened:
        patch = opened.enter_context(pytest.MonkeyPatch.context())
        table = opened.enter_context(dynamodb_local.running())
        aws = opened.enter_context(FakeAws(clock.now))
        elsewhere = {"AWS_ENDPOINT_URL_DYNAMODB": table, "AWS_ENDPOINT_URL_EC2": aws.url}
        for name, value in {**CREDENTIALS, **elsewhere}.items():
            patch.setenv(name, value)
        forget_session()
        opened.callback(forget_session)
        moto = opened.enter_context(account())
        here = opened.enter_context(lab(Clients(), folder, clock.now))
        environment = {**here.environment, **elsewhere, "AWS_ENDPOINT_URL": moto.url}
        if metered:
            environment["METERED"] = "yes"
        made = Deployed(sides, here, aws, clock, queues, most, environment)
        opened.callback(made.close)
        # Calls take time, and EC2 has limits.
        aws.cloud(REGION).on_call = lambda _: clock.advance(timedelta(seconds=1))
        yield made


def _configured(api: str, resources: Sequence[str], most: int) -> dict[str, Any]:
    common = {"provider": "ec2", "types": ["t3.small"], "cpu_only": True, "max_instances": most}
    written = configuration(api)
    (autoscaler,) = written["autoscalers"]
    autoscaler["max_idle"] = "5m"
    autoscaler["resources"] = [{"name": n, "queues": [n], **common} for n in resources]
    return written


def _said(instance_id: str, state: str, at: datetime) -> dict[str, Any]:
    return {
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "time": at.isoformat(),
        "detail": {"instance-id": instance_id, "state": state},
    }
