"""Compute `gce`, as a host builds it, against the fake Compute Engine, with guards."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from autoscaler.adapters.gcp.compute_engine.access import ENDPOINT
from autoscaler.adapters.gcp.rest import NO_LOGIN
from autoscaler.adapters.local.system import EnvSecrets
from autoscaler.adapters.memory.clock import FixedClock
from autoscaler.config import Config, parse
from autoscaler.core.launching import token
from autoscaler.core.seen import Machine
from autoscaler.hosts.computes import build
from autoscaler.machine.guard.orders import DRAIN_KEY
from autoscaler.ports import Compute, Order
from tests.adapters.gcp.compute_engine.fake import Cloud, FakeCompute
from tests.adapters.gcp.compute_engine.fake.machines import Box

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
QUEUE = "0123456789abcdef0123456789abcdef"
MACHINES_SECRET = "591785b794601e212b260e25925636fd"
LINES = "types: [g2-standard-4]\n"
CONFIG = f"""\
deployment: test
clearml:
  api: https://api.clear.ml
  agent_access_key: gcp-secret:agent-key
  agent_secret_key: gcp-secret:agent-secret
gcp:
  project: my-project-42
  service_account: clearml-worker@my-project-42.iam.gserviceaccount.com
autoscalers:
  - name: team
    workers_prefix: Team.One
    resources:
      - name: gpu
        provider: gce
        queues: [work]
        max_instances: 200
        machine_image: images/family/ml
        zones: [europe-west4-a]
        {LINES}"""
Patch = pytest.MonkeyPatch
T = TypeVar("T")


def resource(*lines: str, zones: str = "[europe-west4-a]") -> str:
    """CONFIG with other lines in place of its resource's types."""
    text = CONFIG.replace(LINES, "\n        ".join(lines) + "\n")
    return text.replace("zones: [europe-west4-a]", f"zones: {zones}")


class GceBench:
    """The bench of the Compute contract; `config` is what the operator wrote."""

    secrets: tuple[str, ...] = (MACHINES_SECRET,)

    def __init__(self, google: FakeCompute, clock: FixedClock, text: str) -> None:
        self.google, self.clock = google, clock
        self.config = parse(text)
        self.compute = self.built(self.config)
        self._busy: set[str] = set()
        self._judged: set[tuple[str, str]] = set()
        self.cloud.on_metadata = self._guard
        self.cloud.on_wait = clock.advance

    @property
    def cloud(self) -> Cloud:
        return self.google.cloud()

    def built(self, config: Config) -> Compute:
        return build(config, self.clock, EnvSecrets({}))["gce"]

    def order(self, launch: str, *, count: int = 1, skip: int = 0, resource: str = "gpu") -> Order:
        """For an offering, after the first `skip`."""
        offerings = self.config.deployment().by_key[f"team/{resource}"].offerings[skip:]
        key = f"01J{launch.upper():0>23}"
        return Order(
            deployment="test",
            autoscaler="team",
            resource=resource,
            offering=offerings[0].key,
            launch=key,
            attempt=1,
            indexes=tuple(range(10, 10 + count)),
            token=token("test", key, 1),
            queue_ids=(QUEUE,),
            config_hash="a-hash",
        )

    def edited(self, request: str) -> str:
        return request.replace("clearml-worker@", "admin@")

    def stranger(self) -> Compute:
        return self.built(self.config.model_copy(update={"name": "another"}))

    def up(self, machine: Machine) -> None:
        self.clock.advance(timedelta(seconds=60))
        told = ("boot launched", f"export CLEARML_API_SECRET_KEY={MACHINES_SECRET}", "boot guard")
        self.box(machine).console += "".join(f"{line}\r\n" for line in told)

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
        return self.cloud.box(machine.instance_id)

    def _guard(self, box: Box) -> None:
        """An idle machine follows a drain order, a busy one refuses it for good."""
        items = {each["key"]: each["value"] for each in box.asked["metadata"]["items"]}
        nonce = items.get(DRAIN_KEY, "")
        if not nonce or box.stopped:
            return
        self._judged.add((box.name, nonce))
        if box.name not in self._busy:
            self.cloud.power_off(box)


def rendered(
    patch: Patch, *lines: str, count: int = 1, skip: int = 0, **more: str
) -> dict[str, Any]:
    """What is asked for machines of a resource with these lines."""
    with gce_bench(patch, resource(*lines, **more)) as bench:
        found: dict[str, Any] = json.loads(
            bench.compute.render(bench.order("a", count=count, skip=skip))
        )
    return found


@contextmanager
def gce_bench(
    patch: Patch, text: str = CONFIG, clock: FixedClock | None = None
) -> Iterator[GceBench]:
    """Google's client finds nothing but the fake, which finds nothing wrong with what it says."""
    clock = clock or FixedClock(NOW)
    with FakeCompute(clock.now) as google:
        patch.setenv(ENDPOINT, f"{google.url}/compute/v1/")
        patch.setenv(NO_LOGIN, "true")
        yield GceBench(google, clock, text)
        assert google.mistakes == []
