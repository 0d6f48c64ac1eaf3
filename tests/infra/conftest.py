import json
from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest

from infra.package.settings import Settings, read
from tests.infra.rendered import OSLS, Template, render

Rendered = Callable[..., Template]

CONFIG = """
deployment: team
clearml:
  api: https://api.clear.ml
  access_key: ssm:/clearml-autoscaler/team/machines/clearml#access_key
  secret_key: ssm:/clearml-autoscaler/team/machines/clearml#secret_key
aws: {instance_profile: clearml-autoscaler-team-machines, watch_regions: [us-east-1]}
autoscalers:
  - name: vision
    aws: {region: eu-west-1, role: "arn:aws:iam::123456789012:role/machines-of-clearml"}
    resources:
      - {name: gpu, provider: ec2, queues: [gpu], types: [g5.xlarge], max_instances: 4}
  - name: batch
    resources:
      - name: cpu
        provider: ec2
        queues: [cpu]
        types: [c7i.xlarge]
        cpu_only: true
        max_instances: 4
        regions: [{region: eu-north-1}]
"""


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    file = tmp_path_factory.mktemp("configuration") / "autoscaler.yaml"
    file.write_text(CONFIG)
    return read(file)


@pytest.fixture(scope="session")
def template_file(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not OSLS.exists() or not which("node"):
        pytest.skip("osls is not installed: `make package-aws` installs it, where npm is")
    return render(settings, tmp_path_factory.mktemp("rendered"))


@pytest.fixture(scope="session")
def rendered(template_file: Path) -> Rendered:
    """The template with these parameters."""
    raw = json.loads(template_file.read_text())
    return lambda **parameters: Template(raw, parameters)


@pytest.fixture(scope="session")
def template(rendered: Rendered) -> Template:
    return rendered()
