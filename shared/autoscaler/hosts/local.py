"""Host `local`: one process, a SQLite file for a table, a topic in memory."""

import fcntl
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Literal

from pydantic import SecretStr

from autoscaler.adapters.clearml import (
    ClearmlClient,
    ClearmlQueues,
    ClearmlSettings,
    ClearmlTasks,
    ClearmlWorkers,
)
from autoscaler.adapters.local.notify import LogNotifier, Notifiers
from autoscaler.adapters.local.sqlite import SqliteState
from autoscaler.adapters.local.system import EnvSecrets, SystemClock, UlidIds
from autoscaler.adapters.local.topic import InProcessTopic
from autoscaler.adapters.memory.state import MemoryState
from autoscaler.config import Config
from autoscaler.core.decisions import Plan
from autoscaler.core.fleet import Deployment, Timing, winding_down
from autoscaler.core.ledger import Instance, Phase
from autoscaler.core.seen import Snapshot
from autoscaler.errors import AutoscalerError, ConfigError, Problem, StaleWriteError
from autoscaler.hosts.computes import build, is_reference, resolve
from autoscaler.hosts.dead_letters import telling
from autoscaler.hosts.loop import Loop, Pace
from autoscaler.ports import Compute, Notifier, Ports, State
from autoscaler.services.launch import Launcher
from autoscaler.services.operate import Operator
from autoscaler.services.poll import Poller, Tick
from autoscaler.services.reap import Reaper

Shutdown = Literal["leave", "idle", "all"]

TIMING = Timing(
    claim=timedelta(seconds=10),
    deadline=timedelta(minutes=2),
    drain=timedelta(seconds=60),
    lease=timedelta(seconds=30),
    recheck=timedelta(seconds=5),
)
_OWNER = "autoscaler up"


class Local:
    """Everything of one deployment on this computer; each part is made when it is first used.

    So a command that only reads the table needs neither secrets nor a ClearML server.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = SystemClock()
        self.ids = UlidIds(self.clock)
        self.topic = InProcessTopic(visibility=TIMING.claim)

    @cached_property
    def deployment(self) -> Deployment:
        return self.config.deployment().model_copy(update={"timing": TIMING})

    @cached_property
    def state(self) -> SqliteState:
        """The table, to read and write. ConfigError when the file cannot be used."""
        return SqliteState(self.config.state)

    @cached_property
    def table(self) -> SqliteState:
        """The table, to read only; ConfigError when nothing has run yet."""
        return SqliteState(self.config.state, readonly=True)

    @cached_property
    def clearml(self) -> ClearmlClient:
        """ConfigError names the secrets that are missing, all at once."""
        section = self.config.clearml
        secrets = resolve(
            {
                "clearml.access_key": section.access_key,
                "clearml.secret_key": section.secret_key,
            },
            EnvSecrets(),
        )
        return ClearmlClient(
            ClearmlSettings(
                api_url=section.api,
                access_key=secrets["clearml.access_key"],
                secret_key=SecretStr(secrets["clearml.secret_key"]),
                ca_file=section.ca_file,
                proxy=_proxy(section.proxy),
            )
        )

    @cached_property
    def computes(self) -> dict[str, Compute]:
        return build(self.config, self.clock, EnvSecrets())

    @cached_property
    def ports(self) -> Ports:
        return self._ports(self.state, self.notifier)

    @cached_property
    def notifier(self) -> Notifier:
        """The log, and the webhook if there is one. ConfigError names its secret."""
        url = self._webhook_address()
        if not url:
            return LogNotifier()
        from autoscaler.adapters.webhook import WebhookNotifier

        return Notifiers(LogNotifier(), WebhookNotifier(url, self.config.name))

    def _webhook_address(self) -> str:
        reference = self.config.webhook
        return resolve({"webhook": reference}, EnvSecrets())["webhook"] if reference else ""

    def _ports(self, state: State, notifier: Notifier) -> Ports:
        return Ports(
            state=state,
            topic=self.topic,
            queues=ClearmlQueues(self.clearml),
            workers=ClearmlWorkers(self.clearml),
            tasks=ClearmlTasks(self.clearml),
            computes=self.computes,
            clock=self.clock,
            ids=self.ids,
            notifier=notifier,
        )

    def operator(self, by: str) -> Operator:
        return Operator(self.deployment, self.state, self.clock, self.ids, by=by)

    def poller(self, deployment: Deployment | None = None) -> Poller:
        return Poller(
            deployment or self.deployment,
            self.ports,
            owner=_OWNER,
            create_missing=self.config.clearml.create_missing_queues,
        )

    def preflight(self) -> Sequence[Problem]:
        """What would keep `up` from working: reads ClearML once, starts nothing.

        Raises ConfigError for missing secrets, UnavailableError for a server that cannot be read.
        """
        self._webhook_address()
        ClearmlWorkers(self.clearml).read([a.prefix for a in self.deployment.autoscalers])
        return [problem for each in self.computes.values() for problem in each.preflight()]

    def preview(self) -> tuple[Snapshot, Plan]:
        """What the next tick would see and decide. Nothing is written: not even a table is made.

        Raises as `preflight` does.
        """
        state = self.table if self.config.state.exists() else MemoryState()
        return Poller(self.deployment, self._ports(state, LogNotifier()), owner=_OWNER).preview()

    def run(
        self,
        stop: Event,
        *,
        on_tick: Callable[[Tick], None],
        on_error: Callable[[AutoscalerError], None],
    ) -> None:
        """Scale until `stop` is set. ConfigError when another process does so already."""
        with self._alone():
            self._loop(self.deployment, on_tick, on_error).run(stop)

    def wind_down(
        self,
        how: Shutdown,
        stop: Event,
        *,
        on_tick: Callable[[Tick], None],
        on_error: Callable[[AutoscalerError], None],
    ) -> None:
        """Stop what `how` names and wait until it is gone; `stop` ends the waiting."""
        if how == "leave":
            return
        with self._alone():
            if how == "all":
                self._terminate_all()
            loop = self._loop(winding_down(self.deployment), on_tick, on_error)
            loop.run(stop, until=_wound_down)

    def _loop(
        self,
        deployment: Deployment,
        on_tick: Callable[[Tick], None],
        on_error: Callable[[AutoscalerError], None],
    ) -> Loop:
        return Loop(
            poller=self.poller(deployment),
            launcher=Launcher(deployment, self.ports),
            reaper=Reaper(deployment, self.ports),
            topic=self.topic,
            clock=self.clock,
            pace=Pace(interval=self.config.polling_interval),
            on_tick=telling(self.topic, self.notifier, self.clock, on_tick, on_error),
            on_error=on_error,
        )

    def _terminate_all(self) -> None:
        operator = self.operator("autoscaler up")
        for row in self.state.live():
            if isinstance(row, Instance) and row.instance_id and row.phase != Phase.GONE:
                try:
                    operator.terminate(row.key, "on_shutdown: all")
                except (ConfigError, StaleWriteError):
                    continue  # it is on its way out already

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the table's lock file, which the system lets go of when this process ends."""
        path = Path(f"{self.config.state}.lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.seek(0)
                remedy = f"`autoscaler up` runs on it already ({file.read().strip()})"
                raise ConfigError(Problem("state", str(self.config.state), remedy)) from error
            file.truncate(0)
            file.write(f"process {os.getpid()} on {platform.node()}\n")
            file.flush()
            yield


def _wound_down(tick: Tick) -> bool:
    """Nothing is idle or on its way any more; what works is left to work."""
    if tick.skipped or tick.seen.clearml_problem or tick.seen.unreadable:
        return False
    return not tick.in_flight and not any(s.idle for s in tick.seen.supply)


def _proxy(value: str | None) -> str | None:
    if value is None or not is_reference(value):
        return value
    return resolve({"clearml.proxy": value}, EnvSecrets())["clearml.proxy"]
