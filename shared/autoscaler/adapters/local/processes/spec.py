"""How the agents of one resource run on this computer."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from autoscaler.core.value import Value


class GuardTiming(Value):
    """How often the guard looks (in seconds), and how patient it is.

    `poll`: at its agents and orders. `probe`: at ClearML. `freeze`: how long agents stand still
    before the look that decides a drain. `again`: until it tries once more what it could not
    judge. `restart`: before a dead agent is started again; doubled with each death.
    """

    poll: float = 0.5
    probe: float = 30.0
    freeze: float = 2.0
    again: float = 10.0
    restart: float = 2.0


class ProcessSpec(Value):
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
    max_idle: timedelta = timedelta(minutes=15)
    boot_deadline: timedelta = timedelta(minutes=10)
    max_lifetime: timedelta | None = None
    guard: GuardTiming = GuardTiming()

    @property
    def idle_limit(self) -> timedelta:
        """When a machine that nobody drains ends by itself: later than anybody would drain it."""
        return self.max_idle * 3 + timedelta(minutes=15)
