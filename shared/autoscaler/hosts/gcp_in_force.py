"""What a warm function on Google Cloud acts by: the configuration and prices that count now."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, cast

from autoscaler.config.models import Config
from autoscaler.config.reading import load
from autoscaler.core.ledger import PriceRow
from autoscaler.errors import Problem
from autoscaler.hosts.functions.in_force import Standing, Standings
from autoscaler.hosts.gcp import Gcp, state
from autoscaler.hosts.gcp_settings import Settings
from autoscaler.hosts.lazy import Lazy
from autoscaler.ports import State

if TYPE_CHECKING:
    from autoscaler.adapters.gcp.clients import Clients

PARTS: Final[Mapping[str, bool]] = {
    "poller": True,
    "launcher": True,
    "reaper": False,
    "watcher": False,
}
"""What each function uses, by its name, and whether prices count in it."""


class InForce(Standings[Gcp]):
    """Its clients outlive what is made anew."""

    def __init__(
        self,
        settings: Settings,
        part: str = "",
        *,
        priced: bool = False,
        config: Config | None = None,
    ) -> None:
        self._settings = settings
        super().__init__(settings, part, priced=priced, config=config)

    @classmethod
    def from_environment(cls) -> InForce:
        """Made when it is first asked. ConfigError when the environment is not complete.

        The server that Google starts functions with loads them, and divides then: what of gRPC
        was there before would not answer afterwards.
        """
        settings = Settings.read(os.environ)
        config = None if settings.in_table else load(settings.config)
        name = os.environ.get("FUNCTION_TARGET", "")  # as the runtime says
        part = name if name in PARTS else ""

        def made() -> InForce:
            return cls(settings, part, priced=PARTS.get(part, False), config=config)

        return cast("InForce", Lazy(made))

    @cached_property
    def state(self) -> State:
        return state(self._clients, self._settings)

    def made(self, standing: Standing, prices: Sequence[PriceRow] | None) -> Gcp:
        made = Gcp(
            self._settings,
            config=standing.config,
            config_problem=standing.problem,
            held=standing.held,
            prices=prices,
        )
        made.clients = self._clients
        return made

    def lacks(self, packaged: Config, wanted: Config) -> Iterator[Problem]:
        from autoscaler.config.on_gcp import Made

        return Made.of(packaged).without(Made.of(wanted))

    @cached_property
    def _clients(self) -> Clients:
        from autoscaler.adapters.gcp.clients import Clients

        return Clients(self._settings.google_cloud_project)
