"""A ClearML server, a project of Google Cloud, and the autoscaler's functions in it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic

from autoscaler.adapters.local.system import SystemClock
from autoscaler.core.ledger import Instance
from autoscaler.world.clearml.model import Status
from autoscaler.world.python_task import enqueue_python
from autoscaler.world.server import StandIn
from infra.package.google import misfits, put_together
from infra.package.settings import read
from tests.adapters.gcp.compute_engine.fake import Cloud, FakeCompute
from tests.adapters.gcp.fake_google.server import FakeGoogle
from tests.e2e.gcp.machines import Hypervisor
from tests.e2e.gcp.project import PROJECT, Project, project
from tests.e2e.machine.house import eventually
from tests.machine.fake_secrets import FakeSecrets, fake_secrets
from tests.real.functions_framework import FUNCTIONS, ROOT

FOLDER = ROOT / "build" / "e2e-gcp"
QUEUE, MOST = "gpu", 2
TYPE, ZONES = "n2-standard-4", ("europe-west4-a", "europe-west4-b")
_LOGIN = f"gcp-secret:projects/{PROJECT}/secrets/clearml"


@dataclass
class Scene:
    """`begun`: when it opened (monotonic)."""

    server: StandIn
    project: Project
    compute: FakeCompute
    machines: Hypervisor
    queue: str
    begun: float = field(default_factory=monotonic)

    @property
    def cloud(self) -> Cloud:
        return self.compute.cloud(PROJECT)

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

    def instances(self) -> list[Instance]:
        return [row for row in self.project.state.live() if isinstance(row, Instance)]

    def await_that(self, what: str, happens: Callable[[], object], within: float) -> float:
        """Since when; raises TimeoutError with what the functions last said."""
        if not eventually(lambda: bool(happens()), within, every=0.2):
            said = {name: self.project.functions[name].log[-1500:] for name in FUNCTIONS}
            raise TimeoutError(f"{what} did not come within {within:g} s: {json.dumps(said)}")
        return self.say(what)


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """At the end nothing runs any more; `folder` keeps what everybody said."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ExitStack() as opened:
        server = opened.enter_context(StandIn(log_file=folder / "server.log"))
        secrets = opened.enter_context(fake_secrets())
        compute = opened.enter_context(FakeCompute(SystemClock().now))
        with server.lock:
            queue = server.world.queues.create(QUEUE).id
        google = FakeGoogle()
        _keep_login(google, secrets, server)
        elsewhere = {
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": compute.url,
            "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        }
        source = _deployed(folder / "source", server.url)
        elsewhere["PYTHONPATH"] = str(source.parent)  # before the sources of this checkout
        made = opened.enter_context(project(folder, google, source, elsewhere))
        cloud = _stocked(compute.cloud(PROJECT))
        machines = Hypervisor(compute, cloud, folder / "machines", secrets.endpoints, made.tell)
        opened.enter_context(machines.running())
        yield Scene(server, made, compute, machines, queue)


def _stocked(cloud: Cloud) -> Cloud:
    """The first zone has none left; an operation takes a second."""
    cloud.capacity[TYPE, ZONES[0], "on-demand"] = 0
    cloud.takes = timedelta(seconds=1)
    cloud.on_wait = lambda left: eventually(lambda: False, left.total_seconds(), every=0.05)
    return cloud


def _deployed(folder: Path, api: str) -> Path:
    """The folder that Cloud Build gets; the libraries are those of this environment."""
    written = folder.with_suffix(".json")
    written.write_text(json.dumps(_configuration(api)))
    put_together(read(written, misfits), folder)
    return folder / "main.py"


def _keep_login(google: FakeGoogle, secrets: FakeSecrets, server: StandIn) -> None:
    """One secret with the server that it is for; functions and machines ask in different ways."""
    login = {
        "api_server": server.url,
        "access_key": server.credentials.access_key,
        "secret_key": server.credentials.secret_key,
    }
    text = json.dumps(login)
    google.secretmanager.kept[f"projects/{PROJECT}/secrets/clearml"] = [text.encode()]
    secrets.kept["gcp-secret:clearml"] = text


def _configuration(api: str) -> dict[str, object]:
    skip = {
        "CLEARML_AGENT_SKIP_PIP_VENV_INSTALL": sys.executable,
        "CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL": "1",
    }
    return {
        "deployment": "lab",
        "clearml": {
            "api": api,
            "access_key": f"{_LOGIN}#access_key",
            "secret_key": f"{_LOGIN}#secret_key",
        },
        "gcp": {"service_account": f"machines@{PROJECT}.iam.gserviceaccount.com"},
        "autoscalers": [
            {
                "name": "team",
                "max_idle": "5s",
                "max_spin_up": "5m",
                "policy": "simple",
                "machine": {"docker": False, "environment": skip},
                "resources": [
                    {
                        "name": "cpu",
                        "provider": "gce",
                        "queues": [QUEUE],
                        "types": [TYPE],
                        "zones": list(ZONES),
                        "machine_image": "images/family/clearml-cpu",
                        "cpu_only": True,
                        "max_instances": MOST,
                    }
                ],
            }
        ],
    }
