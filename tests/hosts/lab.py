"""A deployment of one process resource, with an agent that starts fast."""

import json
from pathlib import Path

import pytest

from autoscaler.config import load
from autoscaler.errors import AutoscalerError
from autoscaler.hosts.local import Local
from autoscaler.world.server import StandIn
from tests.cli.conftest import KEYS
from tests.machine.process_bench import FAKE

TEXT = """\
deployment: lab
polling_interval: 1s
state: {state}
clearml: {{api: "{api}", web: "{api}", files: "{api}"}}
autoscalers:
  - name: team
    resources:
      - name: cpu
        provider: process
        queues: [default]
        max_instances: 2
        cpu_only: true
        agent: {agent}
"""


class HostLab:
    """`host` is one more process, as far as locks and tables go."""

    def __init__(self, folder: Path, standin: StandIn, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.standin = folder, standin
        self.errors: list[AutoscalerError] = []
        standin.world.queues.default()
        for name, value in KEYS.items():
            patch.setenv(name, value)

    def host(self, state: str = "autoscaler.db") -> Local:
        path = self.folder / f"{state.replace('/', '-')}.yaml"
        agent = json.dumps(FAKE)
        path.write_text(TEXT.format(api=self.standin.url, state=state, agent=agent))
        return Local(load(path))
