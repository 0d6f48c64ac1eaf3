"""A ClearML server, a cloud, and the autoscaler deployed into it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import yaml

from autoscaler.adapters.local.system import SystemClock
from autoscaler.world.clearml.model import Status
from autoscaler.world.python_task import enqueue_python
from autoscaler.world.server import StandIn
from tests.adapters.aws.fake_ec2 import FakeAws
from tests.e2e.aws.calls import Calls
from tests.e2e.aws.deployment import Deployment, deploy
from tests.e2e.aws.local_cloud import BUILD, LocalCloud, local_cloud
from tests.e2e.aws.machines import Hypervisor
from tests.e2e.machine.house import eventually

_PROGRAM = Path(sys.executable).with_name("autoscaler")
NAME = "lab"
CONFIG = "autoscaler.yaml"
QUEUE = "gpu"


@dataclass
class Scene:
    """`begun`: when it opened (monotonic). `told`: what happened, and when."""

    server: StandIn
    cloud: LocalCloud
    deployment: Deployment
    machines: Hypervisor
    calls: Calls
    queue: str
    begun: float = field(default_factory=monotonic)

    def say(self, words: str) -> float:
        """Tell it, and since how many seconds the scene is open."""
        since = monotonic() - self.begun
        print(f"{since:7.1f} s  {words}", file=sys.stderr, flush=True)
        return since

    def submit(self, name: str, code: str) -> str:
        with self.server.lock:
            return enqueue_python(self.server.world, name, code, queue=self.queue).id

    def status(self, task: str) -> Status:
        with self.server.lock:
            return self.server.world.tasks.get(task).status

    def await_that(self, what: str, happens: Callable[[], object], within: float) -> float:
        """Since when; raises TimeoutError with what the functions last said."""
        if not eventually(lambda: bool(happens()), within, every=0.2):
            said = {name: self.cloud.told(name)[-1500:] for name in FUNCTIONS}
            raise TimeoutError(f"{what} did not come within {within:g} s: {json.dumps(said)}")
        return self.say(what)

    def autoscaler(self, *command: str) -> str:
        """What the command line says of the deployment; RuntimeError when it fails."""
        done = subprocess.run(  # noqa: S603 - our own words
            [_PROGRAM, *command, "--host", "aws", "--config", self.cloud.folder / CONFIG],
            env=self.cloud.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"autoscaler {command[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def ticks(self) -> int:
        """How often the poller has looked."""
        return self.cloud.told("poller").count('"ticked"')

    def instances(self) -> list[dict[str, Any]]:
        return self.deployment.rows("instance")


FUNCTIONS: Sequence[str] = ("poller", "launcher", "reaper", "watcher")


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """At the end nothing runs any more; `folder` keeps what everybody said."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ExitStack() as opened:
        server = opened.enter_context(StandIn(log_file=folder / "server.log"))
        aws = opened.enter_context(FakeAws(SystemClock().now))
        calls = Calls()
        opened.enter_context(calls.heard())
        elsewhere = {"AWS_ENDPOINT_URL_EC2": aws.url, **calls.environment}
        cloud = opened.enter_context(local_cloud(folder, elsewhere))
        with server.lock:
            queue = server.world.queues.create(QUEUE).id
        configuration = folder / CONFIG
        configuration.write_text(yaml.safe_dump(_configuration(server.url)))
        _keep_login(cloud, server)
        deployment = deploy(cloud, configuration)
        machines = Hypervisor(cloud, aws, folder / "machines")
        opened.enter_context(machines.running())
        yield Scene(server, cloud, deployment, machines, calls, queue)


def _keep_login(cloud: LocalCloud, server: StandIn) -> None:
    """As the page on deploying says: one secret, with the server that it is for."""
    login = {
        "api_server": server.url,
        "access_key": server.credentials.access_key,
        "secret_key": server.credentials.secret_key,
    }
    cloud.client("ssm").put_parameter(
        Name=f"/clearml-autoscaler/{NAME}/machines/clearml",
        Type="SecureString",
        Value=json.dumps(login),
    )


def _configuration(api: str) -> dict[str, object]:
    login = f"ssm:/clearml-autoscaler/{NAME}/machines/clearml"
    skip = {
        "CLEARML_AGENT_SKIP_PIP_VENV_INSTALL": sys.executable,
        "CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL": "1",
    }
    return {
        "deployment": NAME,
        "clearml": {
            "api": api,
            "access_key": f"{login}#access_key",
            "secret_key": f"{login}#secret_key",
        },
        "aws": {"instance_profile": f"clearml-autoscaler-{NAME}-machines"},
        "autoscalers": [
            {
                "name": "team",
                "max_idle": "20s",
                "max_spin_up": "5m",
                "machine": {"docker": False, "environment": skip},
                "resources": [
                    {
                        "name": "cpu",
                        "provider": "ec2",
                        "queues": [QUEUE],
                        "types": ["t3.micro"],
                        "cpu_only": True,
                        "ami": "ami-0a1b2c3d4e5f60718",
                        "max_instances": 2,
                    }
                ],
            }
        ],
    }


FOLDER = BUILD / "e2e-aws"
