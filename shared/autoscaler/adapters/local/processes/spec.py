"""How the agents of one resource run on this computer."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from autoscaler.machine.limits import MachineLimits


class ProcessSpec(MachineLimits):
    """Secrets are excluded from every dump and representation.

    `command`: the agent; empty takes the `clearml-agent` beside this Python, else on PATH.
    `arguments`: more of them for `clearml-agent daemon`.
    `gpus`: the devices to share out, one entry ("0", or "2,3") per slot; empty does not choose.
    `docker`: image and arguments of the containers that tasks run in; empty runs them as they are.
    `python`: run tasks in this interpreter as it is; empty builds an environment for each task.
    `environment`: for the agents and their tasks. `conf`: text to add to their clearml.conf.
    `home`: their home folder, shared by all; None gives each slot its own, for its lifetime.
    """

    prefix: str
    api_server: str
    web_server: str = ""
    files_server: str = ""
    access_key: str = Field(repr=False, exclude=True)
    secret_key: str = Field(repr=False, exclude=True)
    command: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    slots: int = Field(default=1, ge=1)
    cpu_only: bool = False
    gpus: tuple[str, ...] = ()
    docker: str = ""
    python: str = ""
    environment: dict[str, str] = Field(default={}, repr=False, exclude=True)
    conf: str = Field(default="", repr=False, exclude=True)
    home: Path | None = None
    poll_every: timedelta = timedelta(seconds=5)
    report_every: timedelta = timedelta(seconds=30)
