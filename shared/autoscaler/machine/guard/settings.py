"""What the guard is told about its machine: "guard" in FOLDER/machine.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping  # noqa: UP035 - Python 3.8

DEFAULTS: Mapping[str, Any] = {
    "source": "file",
    "metadata": "",
    "keeper": "processes",
    "power_off": [],
    "task": 0,
    "margin": 15,
}


def load(folder: Path) -> dict[str, Any]:
    """The settings, with all times in seconds.

    worker, queues, agents (worker, command, environment): who works here, and for whom.
    source: where orders and notices come from: "file", "ec2" or "gce"; metadata: the base URL of
    the metadata service, if it is not the cloud's own.
    keeper: who starts the agents: "processes" (the guard does) or "systemd".
    poll, probe: how often to look at agents and orders, and at ClearML.
    freeze: how long agents stand still before the look that decides; again: until what could not
    be judged is tried once more; restart: before a dead agent is started.
    boot, idle, life, task: the limits; 0 is none for the last two. margin: how long before the
    cloud takes the machine its tasks end.
    containers: the label of those to remove; scratch: folders to drop; power_off: a command.
    """
    told = json.loads((folder / "machine.json").read_text())["guard"]
    return {**DEFAULTS, **told}
