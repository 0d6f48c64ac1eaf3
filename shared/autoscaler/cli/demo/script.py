"""What happens in the demo: two queues, two resources, two waves of real Python tasks."""

from dataclasses import dataclass
from pathlib import Path

import yaml

PREFIX = "demo"
QUEUES = ("cpu", "gpu")
MAXIMUM = {"cpu": 3, "gpu": 2}
SECONDS = {"cpu": 6, "gpu": 9}

_CODE = """
import math, time
name, seconds = {name!r}, {seconds}
print(f"{{name}} starts", flush=True)
for epoch in range(1, seconds + 1):
    time.sleep(1)
    print(f"{{name}} epoch {{epoch}}/{{seconds}} loss {{math.exp(-epoch / 3):.4f}}", flush=True)
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A task that the demo puts on a queue."""

    name: str
    queue: str
    seconds: int

    @property
    def code(self) -> str:
        return _CODE.format(name=self.name, seconds=self.seconds)


def wave(number: int, cpu: int, gpu: int) -> list[Job]:
    return [
        Job(f"{queue}-{number}.{index}", queue, SECONDS[queue])
        for queue, count in (("cpu", cpu), ("gpu", gpu))
        for index in range(1, count + 1)
    ]


WAVES = (wave(1, cpu=4, gpu=1), wave(2, cpu=2, gpu=2))


def configuration(api: str, python: str) -> str:
    """The autoscaler.yaml of the demo: short times, so that one can watch it breathe."""
    resource = {
        "provider": "process",
        "cpu_only": True,  # the "gpu" machines of the demo are this computer as well
        "task_python": python,
    }
    return yaml.safe_dump(
        {
            "deployment": "demo",
            "clearml": {
                "api": api,
                "access_key": "env:DEMO_ACCESS_KEY",
                "secret_key": "env:DEMO_SECRET_KEY",
            },
            "polling_interval": "2s",
            "on_shutdown": "idle",
            "autoscalers": [
                {
                    "name": "demo",
                    "workers_prefix": PREFIX,
                    "max_idle": "10s",
                    "max_spin_up": "60s",
                    "resources": [
                        {"name": q, "queues": [q], "max_instances": MAXIMUM[q], **resource}
                        for q in QUEUES
                    ],
                }
            ],
        },
        sort_keys=False,
    )


def write_configuration(folder: Path, api: str, python: str) -> Path:
    path = folder / "autoscaler.yaml"
    path.write_text(configuration(api, python), encoding="utf-8")
    return path
