"""The sandbox keeps the promises of the Compute port: what is shown on it is worth something."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pytest

from autoscaler.core.seen import Machine
from autoscaler.machine.pack import guard_parcel
from autoscaler.machine.startup import StartupSpec
from autoscaler.world.server import StandIn
from tests.contracts.compute_contract import ComputeContract
from tests.e2e.machine.sandbox import Sandbox, Site
from tests.e2e.machine.stage import Source, Timing
from tests.machine.fake_secrets import FakeSecrets, fake_secrets
from tests.machine.process_bench import FAKE, ProcessBench, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

T = TypeVar("T")
PLACES = {"ec2": "ssm:/", "gce": "gcp-secret:projects/a-project/secrets/"}


class SandboxBench:
    """What of the bench for processes has to do with ClearML alone is as it is there."""

    def __init__(
        self, folder: Path, standin: StandIn, secrets: FakeSecrets, site: Site, source: Source
    ) -> None:
        self._inner = ProcessBench(folder / "none", standin)
        self._site, self._source = site, source
        self._kept = secrets
        self.secrets = (standin.credentials.secret_key,)
        self.specs = {"team/cpu": self._spec(standin)}
        self.compute = self._sandbox("test")
        self.order, self.edited = self._inner.order, self._inner.edited
        self.up, self.occupy, self.release = (
            self._inner.up,
            self._inner.occupy,
            self._inner.release,
        )

    def stranger(self) -> Sandbox:
        return self._sandbox("another")

    def judged(self, machine: Machine, nonce: str) -> None:
        told = f'drain-refused nonce="{nonce}"'
        eventually(lambda: told in "\n".join(self.compute.log(machine.instance_id)))

    def eventually(self, look: Callable[[], T | None]) -> T:
        return eventually(look)

    def _sandbox(self, deployment: str) -> Sandbox:
        return Sandbox(self._site, deployment, self.specs, self._inner.clock)

    def _spec(self, standin: StandIn) -> StartupSpec:
        keys = standin.credentials
        self._keep("api_server", standin.url)
        parts = guard_parcel().parts() if self._source == "ec2" else ()
        return StartupSpec.model_validate(
            {
                "prefix": "team",
                "login": {
                    "access_key": self._keep("access", keys.access_key),
                    "secret_key": self._keep("secret", keys.secret_key),
                    "api_server": standin.url,
                },
                "source": self._source,
                "keeper": "processes" if self._source == "ec2" else "systemd",
                "cpu_only": True,
                "agent": {"command": FAKE},
                "poll_every": 0.05,
                "endpoints": self._kept.endpoints,
                "guard_at": [self._keep(f"guard{at}", part) for at, part in enumerate(parts)],
                "guard": Timing(poll=0.05, probe=0.2, freeze=0.1, again=0.2, restart=0.05),
            }
        )

    def _keep(self, name: str, value: str) -> str:
        self._kept.kept["ssm:/" + name if self._source == "ec2" else "gcp-secret:" + name] = value
        return PLACES[self._source] + name


class TestSandbox(ComputeContract):
    @pytest.fixture(params=["ec2", "gce"])
    def bench(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SandboxBench]:
        with ExitStack() as opened:
            standin = opened.enter_context(StandIn())
            secrets = opened.enter_context(fake_secrets())
            site = opened.enter_context(Site(tmp_path / "site"))
            yield SandboxBench(tmp_path, standin, secrets, site, request.param)
