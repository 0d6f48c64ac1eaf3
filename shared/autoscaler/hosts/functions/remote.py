"""Functions of a cloud, seen from a person's computer and with that person's own rights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from autoscaler.config import Config
from autoscaler.core.decisions import Plan
from autoscaler.core.fleet import Deployment
from autoscaler.core.seen import Snapshot
from autoscaler.hosts.functions.clearml import Clearml
from autoscaler.hosts.functions.root import Functions
from autoscaler.ports import Clock, Compute, Secrets, State
from autoscaler.services.operate import Operator

if TYPE_CHECKING:
    from autoscaler.adapters.clearml import ClearmlClient


SERVICE = "clearml-autoscaler"
"""With what the names of everything begin that a deployment makes in its cloud."""


class Taken(NamedTuple):
    """`names` were deleted in the region; `problem` says what could not be, and why."""

    region: str
    names: tuple[str, ...] = ()
    problem: str = ""


class Remote(ABC):
    """`Deployed`, for a deployment whose rows and messages a cloud keeps."""

    runs_by: ClassVar = "its poller"
    removed_by: ClassVar[str]
    """The command that removes the deployment once no machine is left."""

    def __init__(self, config: Config) -> None:
        self.config = config

    # --- what a cloud has of its own ---

    @property
    @abstractmethod
    def host(self) -> Functions[Any]:
        """ConfigError when nothing is deployed there."""

    @property
    @abstractmethod
    def tableless(self) -> Functions[Any]:
        """For what needs no table: nothing may be deployed yet."""

    @abstractmethod
    def redrive(self) -> Mapping[str, int]:
        """Hand dead letters over again; how many each place held, by its name."""

    @abstractmethod
    def tidy(self) -> Iterator[Taken]:
        """Take away what launches left behind; nothing may start any more."""

    # --- what is the same everywhere ---

    @property
    def deployment(self) -> Deployment:
        return self.host.priced

    @property
    def clock(self) -> Clock:
        return self.tableless.clock

    @property
    def state(self) -> State:
        return self.host.state

    @property
    def table(self) -> State:
        return self.host.state

    @property
    def table_if_any(self) -> State:
        return self.host.state

    @property
    def machines(self) -> Mapping[str, Compute]:
        return self.host.computes

    @property
    def secrets(self) -> Secrets:
        return self.tableless.secrets

    @property
    def clearml(self) -> ClearmlClient:
        return self._clearml.client

    @property
    def clearml_of_agents(self) -> ClearmlClient:
        return self._clearml.client_of_agents

    def operator(self, by: str) -> Operator:
        host = self.host
        return Operator(host.deployment, host.state, host.clock, host.ids, by=by)

    def preview(self) -> tuple[Snapshot, Plan]:
        return self.host.poller.preview()

    @cached_property
    def _clearml(self) -> Clearml:
        return Clearml(self.config.clearml, lambda: self.tableless.secrets)
