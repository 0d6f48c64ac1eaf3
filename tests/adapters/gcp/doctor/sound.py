"""A project in which machines start: what the configuration names is there, and fits."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from autoscaler.adapters.local.system import EnvSecrets, SystemClock
from autoscaler.config import parse
from autoscaler.hosts.doctors import examine
from autoscaler.ports import Finding
from tests.real.fake_rest import FakeRest, RefusedError, served

PROJECT = "my-project-42"
ZONES = ("europe-west4-a", "europe-west4-b")
REGION = "europe-west4"
WORKER = "clearml-worker@my-project-42.iam.gserviceaccount.com"
CONFIG = f"""\
deployment: lab
clearml:
  api: https://api.clear.ml
  agent_access_key: gcp-secret:agent-key
  agent_secret_key: gcp-secret:projects/shared/secrets/agent#secret
gcp:
  project: {PROJECT}
  service_account: {WORKER}
autoscalers:
  - name: team
    resources:
      - name: gpu
        provider: gce
        queues: [work]
        max_instances: 4
        types: [g2-standard-4, g2-standard-8]
        zones: [{", ".join(ZONES)}]
        machine_image: images/family/ml
        subnet: ml
        spot: true
        on_demand_fallback: true
        disk: {{size: 100}}
"""
SERVICES = (
    "compute.v1",
    "serviceusage.v1",
    "cloudresourcemanager.v3",
    "iam.v1",
    "secretmanager.v1",
)
MINE = f"compute/v1/projects/{PROJECT}"


def _type(cpus: int, *gpus: tuple[str, int]) -> dict[str, Any]:
    cards = [{"guestAcceleratorType": kind, "guestAcceleratorCount": n} for kind, n in gpus]
    return {"guestCpus": cpus, **({"accelerators": cards} if cards else {})}


def sound() -> dict[str, Any]:
    """By service and path."""
    l4 = ("nvidia-l4", 1)
    quotas = {"CPUS": 1000, "NVIDIA_L4_GPUS": 8, "PREEMPTIBLE_NVIDIA_L4_GPUS": 16}
    things: dict[str, Any] = {
        MINE: {"name": PROJECT, "quotas": [{"metric": "GPUS_ALL_REGIONS", "limit": 8}]},
        f"{MINE}/global/images/family/ml": {
            "name": "ml-7",
            "family": "ml-nvidia",
            "status": "READY",
            "diskSizeGb": "50",
            "architecture": "X86_64",
        },
        f"{MINE}/global/networks/default": {"name": "default", "autoCreateSubnetworks": True},
        f"{MINE}/regions/{REGION}": {
            "name": REGION,
            "quotas": [{"metric": name, "limit": most} for name, most in quotas.items()],
        },
        f"{MINE}/regions/{REGION}/subnetworks/ml": {"network": f"{MINE}/global/networks/ml"},
        f"v1/projects/-/serviceAccounts/{WORKER}": {"email": WORKER},
        f"v1/projects/{PROJECT}/secrets/agent-key": {},
        "v1/projects/shared/secrets/agent": {},
    }
    for zone in ZONES:
        things[f"{MINE}/zones/{zone}"] = {"name": zone}
        kinds = f"{MINE}/zones/{zone}/machineTypes"
        things[f"{kinds}/g2-standard-4"] = _type(4, l4)
        things[f"{kinds}/g2-standard-8"] = _type(8, l4)
        things[f"{kinds}/n1-standard-4"] = _type(4)
        things[f"{kinds}/n2-standard-4"] = _type(4)
        cards = {"maximumCardsPerInstance": 4}
        things[f"{MINE}/zones/{zone}/acceleratorTypes/nvidia-tesla-t4"] = cards
    for service in ("compute", "secretmanager", "iamcredentials"):
        name = f"v1/projects/{PROJECT}/services/{service}.googleapis.com"
        things[name] = {"state": "ENABLED"}
    return things


class Project:
    """`things`: what is there, by path; None is not there, an error is refused.

    `denied`: permissions that whoever looks does not have. `text`: the configuration.
    """

    def __init__(self) -> None:
        self.text = CONFIG
        self.things = sound()
        self.denied: set[str] = set()
        self.services = [FakeRest(name, otherwise=self._answer) for name in SERVICES]

    def findings(self) -> list[Finding]:
        return list(examine(parse(self.text), SystemClock(), EnvSecrets({})))

    def wrong(self) -> list[Finding]:
        return [one for one in self.findings() if one.verdict in ("error", "warning")]

    def having(self, *lines: str, without: str = "") -> None:
        """The resource with more lines, and without one."""
        text = "".join(
            line + "\n" for line in self.text.splitlines() if not (without and without in line)
        )
        self.text = text + "".join(f"        {line}\n" for line in lines)

    def _answer(self, names: Mapping[str, str], _: Mapping[str, str], body: Any) -> Any:
        path = names[""]
        if path.endswith(":testIamPermissions"):
            return {"permissions": [p for p in body["permissions"] if p not in self.denied]}
        if path.endswith("/routers"):
            return {"items": self.things.get(path, [])}
        found = self.things.get(path)
        if isinstance(found, RefusedError):
            raise found
        if found is None:
            raise RefusedError(404, "notFound", f"The resource '{path}' was not found")
        return found


@contextmanager
def sound_project(monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    made = Project()
    with served(*made.services) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield made
