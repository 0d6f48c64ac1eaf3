"""Units of systemd: each agent in one of its own, so that it lives on when the guard dies."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Mapping  # noqa: UP035 - Python 3.8

from autoscaler.machine.boot.files import write_private
from autoscaler.machine.boot.journal import BootError

PLACE = "/etc/systemd/system"
GUARD = "clearml-autoscaler-guard.service"
LOGS = "clearml-autoscaler-logs.service"

# An agent that is told to leave calls its task aborted by a user, and nobody brings that back.
# A task that is killed is found to be lost. And what a dead agent leaves, the guard ends.
_AGENT = """\
[Unit]
Description=ClearML agent %i
After=network-online.target docker.service
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart={folder}/python -I {folder}/guard.pyz agent {folder} %i
WorkingDirectory={folder}
Restart=no
KillMode=process
KillSignal=SIGKILL
OOMPolicy=continue
"""

# 3: another guard is at work. 4: the machine has ended.
_GUARD = """\
[Unit]
Description=Guard of the ClearML agents
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart={folder}/python -I {folder}/guard.pyz {folder}
WorkingDirectory={folder}
Restart=always
RestartSec=2
RestartPreventExitStatus=3 4
KillMode=process
OOMScoreAdjust=-900
StandardOutput=journal+console
StandardError=journal+console

[Install]
WantedBy=multi-user.target
"""

_LOGS = """\
[Unit]
Description=Sends what startup, guard and agents say to the cloud's logs
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart={folder}/python -I {folder}/guard.pyz ship {folder}
WorkingDirectory={folder}
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
"""


def units(folder: Path) -> dict[str, str]:
    """The text of each unit file, by its name."""
    texts = {"clearml-agent@.service": _AGENT, GUARD: _GUARD, LOGS: _LOGS}
    return {name: text.format(folder=folder) for name, text in texts.items()}


def start_units(folder: Path, place: Path, *, logs: bool, pulls: Mapping[str, str]) -> None:
    """Also after the next start of the computer. The guard starts the agents.

    `pulls`: what docker's own daemon, which pulls the images, gets into its environment.
    """
    verbs = [["daemon-reload"]]
    if pulls:
        write_private(folder / "docker.env", "".join(map(_assignment, pulls.items())))
        drop_in = place / "docker.service.d" / "clearml-autoscaler.conf"
        write_private(drop_in, f"[Service]\nEnvironmentFile={folder}/docker.env\n", 0o644)
        verbs += [["restart", "docker.service"]]
    for unit in [LOGS] * logs + [GUARD]:
        verbs += [["enable", unit], ["restart", unit]]
    for name, text in units(folder).items():
        write_private(place / name, text, 0o644)
    for arguments in verbs:
        done = subprocess.run(["systemctl", *arguments], capture_output=True, check=False)  # noqa: S603, S607 - wherever it is
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise BootError(f"systemctl {' '.join(arguments)}: {said or done.returncode}")


def _assignment(pair: tuple[str, str]) -> str:
    """As systemd reads it from a file: between double quotes, these have a meaning."""
    value = re.sub(r'(["\\$`])', r"\\\1", pair[1])
    return f'{pair[0]}="{value}"\n'
