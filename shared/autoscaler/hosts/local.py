"""Host `local`: one process, a SQLite file for a table, a topic in memory."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING, Literal

from autoscaler.adapters.local.notify import LogNotifier, Notifiers
from autoscaler.adapters.local.sqlite import SqliteState
from autoscaler.adapters.local.system import SystemClock, UlidIds
from autoscaler.adapters.local.topic import InProcessTopic
from autoscaler.adapters.memory.state import MemoryState
from autoscaler.config import Config
from autoscaler.core.decisions import Plan
from autoscaler.core.fleet import Deployment, Timing, winding_down
from autoscaler.core.seen import Snapshot
from autoscaler.errors import AutoscalerError, Problem
from autoscaler.hosts.computes import NoSecrets, build, resolve
from autoscaler.hosts.dead_letters import telling
from autoscaler.hosts.here import secrets_here
from autoscaler.hosts.lock import UpLock
from autoscaler.hosts.loop import Loop, Pace
from autoscaler.hosts.prices import price_rows, sought, with_prices
from autoscaler.hosts.table_file import TableFile
from autoscaler.hosts.winding_down import WindingDown, second_looks
from autoscaler.ports import Compute, Notifier, Ports, Secrets, State
from autoscaler.services.launch import Launcher
from autoscaler.services.operate import Operator
from autoscaler.services.poll import Poller, Tick
from autoscaler.services.reap import Reaper

if TYPE_CHECKING:
    from autoscaler.adapters.clearml import ClearmlClient

Shutdown = Literal["leave", "idle", "all"]

# Of machines that are processes. A cloud takes longer to answer, and its guards to be seen.
TIMING = Timing(
    claim=timedelta(seconds=10),
    deadline=timedelta(minutes=2),
    drain=timedelta(seconds=60),
    lease=timedelta(seconds=30),
    recheck=timedelta(seconds=5),
)
OF_CLOUDS = Timing(lease=TIMING.lease, recheck=TIMING.recheck)
_OWNER = "autoscaler up"


class Local:
    """Everything of one deployment on this computer; each part is made when it is first used.

    So a command that only reads the table needs neither secrets nor a ClearML server.
    """

    runs_by = "`autoscaler up`"

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = SystemClock()
        self.ids = UlidIds(self.clock)
        self.timing = _timing(config)
        self.topic = InProcessTopic(visibility=self.timing.claim)
        self._lock = UpLock(config)
        self._file: TableFile | None = None

    @cached_property
    def deployment(self) -> Deployment:
        """With the prices that are known now: those looked up later count from the next start."""
        rows = price_rows(sought(self.config), self.table_if_any)
        deployment = with_prices(self.config, self.config.deployment(), rows)
        return deployment.model_copy(update={"timing": self.timing})

    @property
    def table_if_any(self) -> State | None:
        """The table to read, or None as long as nothing has run."""
        return self.table if self.config.state.exists() else None

    @cached_property
    def state(self) -> SqliteState:
        """The table, to read and write, made when there is none.

        ConfigError when the file cannot be used, or is missing while another process scales.
        """
        self._lock.check_may_begin()
        state = SqliteState(self.config.state)
        self._file = TableFile(self.config.state)
        return state

    @cached_property
    def table(self) -> SqliteState:
        """The table, to read only; ConfigError when nothing has run yet."""
        return SqliteState(self.config.state, readonly=True)

    @cached_property
    def secrets(self) -> Secrets:
        """Of this computer, and of the clouds where the configuration keeps some."""
        return secrets_here(self.config)

    @cached_property
    def clearml(self) -> "ClearmlClient":
        """ConfigError names the secrets that are missing, all at once."""
        from autoscaler.hosts.clearml import client

        return client(self.config.clearml, self.secrets)

    @cached_property
    def clearml_of_agents(self) -> "ClearmlClient":
        """As whom the agents report; the same client when they have no login of their own."""
        from autoscaler.hosts.clearml import client_of_agents

        section = self.config.clearml
        if section.keys_of_agents == section.keys_of_autoscaler:
            return self.clearml
        return client_of_agents(section, self.secrets)

    @cached_property
    def computes(self) -> dict[str, Compute]:
        return build(self.config, self.clock, self.secrets)

    @cached_property
    def machines(self) -> dict[str, Compute]:
        """To look at them only: without secrets."""
        return build(self.config, self.clock, NoSecrets())

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
        return resolve({"webhook": reference}, self.secrets)["webhook"] if reference else ""

    def _ports(self, state: State, notifier: Notifier) -> Ports:
        from autoscaler.adapters.clearml import ClearmlQueues, ClearmlTasks, ClearmlWorkers

        return Ports(
            state=state,
            topic=self.topic,
            queues=ClearmlQueues(self.clearml),
            workers=ClearmlWorkers(self.clearml, self.clearml_of_agents),
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
        from autoscaler.adapters.clearml import ClearmlWorkers

        self._webhook_address()
        ClearmlWorkers(self.clearml, self.clearml_of_agents).read(
            [a.prefix for a in self.deployment.autoscalers]
        )
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
        with self.alone():
            launcher = Launcher(self.deployment, self.ports)
            loop = self._loop(self.deployment, on_tick, on_error, launcher)
            loop.run(stop, check=self._check)

    def wind_down(
        self,
        how: Shutdown,
        stop: Event,
        *,
        on_tick: Callable[[Tick], None],
        on_error: Callable[[AutoscalerError], None],
    ) -> None:
        """Stop what `how` names and wait until it is gone; `stop` ends the waiting.

        Nothing starts meanwhile. Tasks that ran are brought back; those that were only popped
        wait for a second look, which is the next `up`'s: `second_looks` counts them.
        """
        if how == "leave":
            return
        with self.alone():
            operator = self.operator(_OWNER)
            ending = WindingDown(
                self.state, operator, self.clock, on_error, everything=how == "all"
            )

            def heard(tick: Tick) -> None:
                on_tick(tick)
                ending.press()

            ending.press()
            deployment = winding_down(self.deployment)
            self._loop(deployment, heard, on_error).run(
                stop, until=ending.is_over, check=self._check
            )

    def second_looks(self) -> int:
        """How many machines are gone whose tasks have to be looked at once more."""
        return second_looks(self.state.live())

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else scales this deployment inside. ConfigError when somebody does already."""
        return self._lock.hold()

    def _check(self) -> None:
        if self._file:
            self._file.check()

    def _loop(
        self,
        deployment: Deployment,
        on_tick: Callable[[Tick], None],
        on_error: Callable[[AutoscalerError], None],
        launcher: Launcher | None = None,
    ) -> Loop:
        return Loop(
            poller=self.poller(deployment),
            launcher=launcher,
            reaper=Reaper(deployment, self.ports),
            topic=self.topic,
            clock=self.clock,
            pace=Pace(interval=self.config.polling_interval),
            on_tick=telling(self.topic, self.notifier, self.clock, on_tick, on_error),
            on_error=on_error,
        )


def _timing(config: Config) -> Timing:
    is_here = all(section.provider == "process" for section in config.by_key.values())
    return TIMING if is_here else OF_CLOUDS
