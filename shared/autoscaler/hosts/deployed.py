"""A deployment as a person sees it from their computer, wherever it runs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from autoscaler.config import Config
from autoscaler.core.decisions import Plan
from autoscaler.core.fleet import Deployment
from autoscaler.core.seen import Snapshot
from autoscaler.ports import Clock, Compute, Secrets, State
from autoscaler.services.operate import Operator

if TYPE_CHECKING:
    from autoscaler.adapters.clearml import ClearmlClient


class Deployed(Protocol):
    """What is not asked for is not made: to look at rows needs neither secrets nor a server."""

    @property
    def config(self) -> Config: ...

    @property
    def runs_by(self) -> str:
        """What makes it tick, for people."""

    @property
    def deployment(self) -> Deployment: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def table(self) -> State:
        """To read only; ConfigError when nothing has run yet."""

    @property
    def table_if_any(self) -> State | None:
        """The same; None when nothing has run yet."""

    @property
    def state(self) -> State:
        """To act by; made when there is none and the host can make it."""

    @property
    def machines(self) -> Mapping[str, Compute]:
        """By the name that rows use: to look at machines, not to start any."""

    @property
    def secrets(self) -> Secrets:
        """As whoever looks may read them."""

    @property
    def clearml(self) -> "ClearmlClient":
        """ConfigError names the secrets that are missing, all at once."""

    @property
    def clearml_of_agents(self) -> "ClearmlClient":
        """As whom the agents report; the same client when they have no login of their own."""

    def operator(self, by: str) -> Operator: ...

    def preview(self) -> tuple[Snapshot, Plan]:
        """What the next tick would see and decide. Nothing is written."""
