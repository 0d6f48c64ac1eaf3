"""Compute `ec2`, as a host builds it, against the fake EC2, with a guard on each machine."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from autoscaler.adapters.aws import clients
from autoscaler.adapters.local.system import EnvSecrets
from autoscaler.adapters.memory.clock import FixedClock
from autoscaler.config import Config, parse
from autoscaler.core.seen import Machine
from autoscaler.hosts.computes import build
from autoscaler.machine.guard.orders import DRAIN_KEY
from autoscaler.ports import Compute, Order
from tests.adapters.aws.fake_ec2 import Cloud, FakeAws
from tests.adapters.aws.fake_ec2.machines import Box

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
QUEUE = "0123456789abcdef0123456789abcdef"
ACCOUNT_SECRET = "b1946ac92492d2347c6235b4d2611184"
MACHINES_SECRET = "591785b794601e212b260e25925636fd"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAHOST",
    "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-host",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}
CONFIG = """\
deployment: test
clearml:
  api: https://api.clear.ml
  agent_access_key: ssm:/clearml/agent-key
  agent_secret_key: ssm:/clearml/agent-secret
aws:
  instance_profile: clearml-worker
  access_key: env:ACCOUNT_KEY
  secret_key: env:ACCOUNT_SECRET
autoscalers:
  - name: team
    workers_prefix: team
    resources:
      - name: gpu
        provider: ec2
        queues: [work]
        max_instances: 200
        types: [g5.xlarge]
"""
Patch = pytest.MonkeyPatch
T = TypeVar("T")


def resource(*lines: str) -> str:
    """CONFIG with other lines in place of its resource's types."""
    assert "types: [g5.xlarge]\n" in CONFIG
    return CONFIG.replace("types: [g5.xlarge]", "\n        ".join(lines))


class Ec2Bench:
    """The bench of the Compute contract; `config` is what the operator wrote."""

    secrets: tuple[str, ...] = (ACCOUNT_SECRET, MACHINES_SECRET)

    def __init__(self, aws: FakeAws, clock: FixedClock, text: str) -> None:
        self.aws, self.clock = aws, clock
        self.config = parse(text)
        self.compute = self.built(self.config)
        self._busy: set[str] = set()
        self._judged: set[tuple[str, str]] = set()
        self.cloud.on_tag = self._guard

    @property
    def cloud(self) -> Cloud:
        return self.aws.cloud()

    def built(self, config: Config) -> Compute:
        secrets = EnvSecrets({"ACCOUNT_KEY": "AKIAACCOUNT", "ACCOUNT_SECRET": ACCOUNT_SECRET})
        return build(config, self.clock, secrets)["ec2"]

    def order(self, launch: str, *, count: int = 1, skip: int = 0, resource: str = "gpu") -> Order:
        """For an offering, after the first `skip`, and all that may be bought along with it."""
        offerings = self.config.deployment().by_key[f"team/{resource}"].offerings[skip:]
        first = offerings[0]
        return Order(
            deployment="test",
            autoscaler="team",
            resource=resource,
            offering=first.key,
            also=tuple(o.key for o in offerings[1:] if o.together == first.together),
            launch=launch,
            attempt=1,
            indexes=tuple(range(10, 10 + count)),
            token=f"token-{launch}-1",
            queue_ids=(QUEUE,),
            config_hash="a-hash",
        )

    def edited(self, request: str) -> str:
        return request.replace("clearml-worker", "admin")

    def stranger(self) -> Compute:
        return self.built(self.config.model_copy(update={"name": "another"}))

    def up(self, machine: Machine) -> None:
        self.clock.advance(timedelta(seconds=60))
        told = ("boot launched", f"export CLEARML_API_SECRET_KEY={MACHINES_SECRET}", "boot guard")
        self.box(machine).console += told

    def occupy(self, machine: Machine) -> None:
        self._busy.add(machine.instance_id)

    def release(self, machine: Machine) -> None:
        self._busy.discard(machine.instance_id)

    def judged(self, machine: Machine, nonce: str) -> None:
        assert (machine.instance_id, nonce) in self._judged

    def eventually(self, look: Callable[[], T | None]) -> T:
        for _ in range(60):
            if found := look():
                return found
            self.clock.advance(timedelta(seconds=1))
        raise AssertionError("a minute was not enough")

    def box(self, machine: Machine) -> Box:
        return self.cloud.boxes[machine.instance_id]

    def _guard(self, box: Box, key: str, nonce: str) -> None:
        """An idle machine follows a drain order, a busy one refuses it for good."""
        if key != DRAIN_KEY or not nonce or box.stopped:
            return
        self._judged.add((box.id, nonce))
        if box.id not in self._busy:
            box.stop(self.clock.now(), "Client.InstanceInitiatedShutdown", "it shut itself down")


def rendered(
    patch: pytest.MonkeyPatch, *lines: str, count: int = 1, skip: int = 0
) -> dict[str, Any]:
    """What is asked for machines of a resource with these lines."""
    with ec2_bench(patch, resource(*lines)) as bench:
        found: dict[str, Any] = json.loads(
            bench.compute.render(bench.order("a", count=count, skip=skip))
        )
    return found


@contextmanager
def ec2_bench(
    patch: pytest.MonkeyPatch, text: str = CONFIG, clock: FixedClock | None = None
) -> Iterator[Ec2Bench]:
    """boto3 finds nothing but the fake."""
    clock = clock or FixedClock(NOW)
    with FakeAws(clock.now) as aws:
        for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws.url}.items():
            patch.setenv(name, value)
        clients.forget_session()
        yield Ec2Bench(aws, clock, text)
    clients.forget_session()
