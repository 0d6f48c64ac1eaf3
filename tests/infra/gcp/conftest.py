import json
from collections.abc import Callable
from functools import cache
from shutil import which
from typing import cast

import pytest

from infra.package.google import misfits
from infra.package.settings import Settings, read
from tests.infra.gcp.planned import PROJECT, REGION, Plan, package, planned
from tests.infra.gcp.schema import FILE, Schema

Planned = Callable[..., Plan]

CONFIG = """
deployment: team
clearml:
  api: https://api.clear.ml
  access_key: gcp-secret:clearml-login#access_key
  secret_key: gcp-secret:clearml-login#secret_key
  agent_access_key: gcp-secret:clearml-agents#access_key
  agent_secret_key: gcp-secret:clearml-agents#secret_key
gcp: {service_account: cas-team-machines@my-project-42.iam.gserviceaccount.com}
webhook: gcp-secret:projects/shared-secrets/secrets/chat/versions/3
machine: {git: {user: me, password: 'gcp-secret:git#password'}}
autoscalers:
  - name: vision
    resources:
      - name: gpu
        provider: gce
        queues: [gpu]
        types: [g2-standard-4]
        zones: [europe-west4-a]
        machine_image: ml
        max_instances: 4
  - name: elsewhere
    gcp:
      project: other-project
      service_account: workers@other-project.iam.gserviceaccount.com
    machine: {logs: machines}
    resources:
      - name: cpu
        provider: gce
        queues: [cpu]
        types: [n2-standard-4]
        zones: [europe-west4-a]
        machine_image: ml
        cpu_only: true
        max_instances: 4
  - name: foreign
    gcp:
      project: a-customers-project
      service_account: workers@a-customers-project.iam.gserviceaccount.com
      impersonate: autoscaler@a-customers-project.iam.gserviceaccount.com
    resources:
      - name: big
        provider: gce
        queues: [big]
        types: [a2-highgpu-1g]
        zones: [europe-west4-a]
        machine_image: ml
        max_instances: 1
"""


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    file = tmp_path_factory.mktemp("configuration") / "autoscaler.yaml"
    file.write_text(CONFIG)
    return read(file, misfits)


@pytest.fixture(scope="session")
def schema() -> Schema:
    if not FILE.exists():
        pytest.skip("what Google's provider takes is not there: `make test` fetches it with npm")
    return cast("Schema", json.loads(FILE.read_text()))


@pytest.fixture(scope="session")
def needs_terraform() -> None:
    if not which("terraform"):
        pytest.skip("terraform was not found")


@pytest.fixture(scope="session")
def planned_with(
    schema: Schema,
    needs_terraform: None,  # noqa: ARG001 - it skips
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Planned:
    """The plan with these variables."""
    built = package(settings, tmp_path_factory.mktemp("package") / "gcp")
    given = {"project": PROJECT, "region": REGION, "package": str(built)}

    @cache
    def once(chosen: frozenset[tuple[str, str]]) -> Plan:
        return planned(schema, tmp_path_factory.mktemp("planned"), given | dict(chosen))

    return lambda **variables: once(frozenset(variables.items()))


@pytest.fixture(scope="session")
def plan(planned_with: Planned) -> Plan:
    return planned_with()
