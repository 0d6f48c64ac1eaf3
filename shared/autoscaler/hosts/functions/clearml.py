"""ClearML's ports for a function: a login that knows its server, and is read anew when refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, cast

from autoscaler.config.clearml import ClearMLSection
from autoscaler.config.logins import BoundSecrets, Finder
from autoscaler.hosts.lazy import Lazy
from autoscaler.ports import Queues, Secrets, Tasks, Workers

if TYPE_CHECKING:
    from autoscaler.adapters.clearml import ClearmlClient


class Logins(Secrets, Finder, Protocol):
    """A store of secrets that knows for which server a login is."""


class Clearml:
    """The ports stay the same objects; what is behind them is made when somebody asks."""

    def __init__(self, section: ClearMLSection, secrets: Callable[[], Logins]) -> None:
        self._section = section
        self._secrets = secrets
        self._made = [Lazy(self._queues), Lazy(self._workers), Lazy(self._tasks)]

    @property
    def ports(self) -> tuple[Queues, Workers, Tasks]:
        """They raise ConfigError when keys are missing, or are for another server."""
        queues, workers, tasks = self._made
        return cast("Queues", queues), cast("Workers", workers), cast("Tasks", tasks)

    def renew(self) -> None:
        """Read the login again when it is next used, as after a rotation."""
        for name in ("client", "client_of_agents"):
            self.__dict__.pop(name, None)
        for port in self._made:
            port.forget()

    @cached_property
    def client(self) -> ClearmlClient:
        from autoscaler.hosts.clearml import client

        secrets = self._secrets()
        return client(self._section, secrets, BoundSecrets(secrets, self._section.api))

    @cached_property
    def client_of_agents(self) -> ClearmlClient:
        """As whom the agents report; the same client when they have no login of their own."""
        from autoscaler.hosts.clearml import client_of_agents

        section = self._section
        if section.keys_of_agents == section.keys_of_autoscaler:
            return self.client
        secrets = self._secrets()
        return client_of_agents(section, secrets, BoundSecrets(secrets, section.api))

    def _queues(self) -> Queues:
        from autoscaler.adapters.clearml import ClearmlQueues

        return ClearmlQueues(self.client)

    def _workers(self) -> Workers:
        from autoscaler.adapters.clearml import ClearmlWorkers

        return ClearmlWorkers(self.client, self.client_of_agents)

    def _tasks(self) -> Tasks:
        from autoscaler.adapters.clearml import ClearmlTasks

        return ClearmlTasks(self.client)
