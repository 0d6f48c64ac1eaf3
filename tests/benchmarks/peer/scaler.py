"""The class `AutoScaler` of the package `clearml`: its code is not touched.

What its module takes from elsewhere is replaced while it is on the stage: the clock, the API
client, the session that would log in, and the threads that copy each machine's console.
"""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from greenlet import GreenletExit, getcurrent, greenlet

from autoscaler.simulate.hub import Hub
from tests.benchmarks.peer.client import Client
from tests.benchmarks.peer.driver import Driver

_REPLACED = ("time", "sleep", "Thread", "Session", "APIClient")


@dataclass(frozen=True, slots=True)
class Settings:
    """`hyper_params` of ClearML's autoscaler, in minutes."""

    polling_interval_time_min: int
    max_idle_time_min: int
    max_spin_up_time_min: int = 30


DEFAULT: Final = Settings(polling_interval_time_min=5, max_idle_time_min=15)
"""What `aws_autoscaler.py` has when nobody says otherwise."""
TUNED: Final = Settings(polling_interval_time_min=1, max_idle_time_min=5)


class Peer:
    """One process that runs the autoscaler's loop.

    It is a greenlet: while it sleeps, and while its driver waits, the world goes on.
    """

    def __init__(
        self,
        hub: Hub,
        client: Client,
        driver: Driver,
        settings: Settings,
        queues: Mapping[str, Sequence[tuple[str, int]]],
    ) -> None:
        """`queues`: the resources of each, in order, with the most machines it may have."""
        self._hub = hub
        self._module = import_module("clearml.automation.auto_scaler")
        types = driver.types
        config = self._module.ScalerConfig(
            max_idle_time_min=settings.max_idle_time_min,
            polling_interval_time_min=settings.polling_interval_time_min,
            max_spin_up_time_min=settings.max_spin_up_time_min,
            workers_prefix=driver.prefix,
            resource_configurations={name: {"instance_type": types[name]} for name in types},
            queues={queue: list(resources) for queue, resources in queues.items()},
        )
        self._with = {
            "time": self.time,
            "sleep": self.sleep,
            "Thread": _NoThread,
            "Session": _Session,
            "APIClient": lambda: client,
        }
        driver.sleep = self.sleep
        with self._on_stage(), _same_environment():
            self.scaler = self._module.AutoScaler(config, driver, silent())
        self._loop = greenlet(self.scaler.start)

    def begin(self) -> None:
        """The loop runs until its first sleep, and from then on whenever it wakes."""
        self._turn()

    def end(self) -> None:
        """The process is killed."""
        self._loop.throw(GreenletExit)

    def time(self) -> float:
        return self._hub.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self._hub.later(seconds, self._turn)
        parent = getcurrent().parent
        assert parent
        parent.switch()

    def _turn(self) -> None:
        if self._loop.dead:
            return
        with self._on_stage():
            self._loop.parent = getcurrent()
            self._loop.switch()

    @contextmanager
    def _on_stage(self) -> Iterator[None]:
        kept = {name: getattr(self._module, name) for name in _REPLACED}
        vars(self._module).update(self._with)
        try:
            yield
        finally:
            vars(self._module).update(kept)


class _Session:
    """Logged in, as far as the autoscaler asks."""

    access_key = "key"
    secret_key = "secret"

    def get_api_server_host(self) -> str:
        return "https://api.clear.ml"

    get_app_server_host = get_files_server_host = get_api_server_host


class _NoThread:
    """Copies no console: the machines of the stage have none."""

    daemon = False

    def __init__(self, **_: Any) -> None:
        """Takes what a thread takes."""

    def start(self) -> None:
        """There is nothing to do."""


def silent() -> logging.Logger:
    """It formats nothing: neither side's log is part of what is measured."""
    logger = logging.getLogger("peer")
    logger.propagate = False
    logger.setLevel(logging.CRITICAL + 1)
    return logger


@contextmanager
def _same_environment() -> Iterator[None]:
    """Its constructor writes where its server is into the environment of its machines."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
