"""What a warm function on AWS acts by: the configuration and the prices that count now."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from autoscaler.config.models import Config
from autoscaler.core.ledger import PriceRow
from autoscaler.errors import Problem
from autoscaler.hosts.aws import Aws
from autoscaler.hosts.aws_settings import Settings
from autoscaler.hosts.functions.in_force import Standing, Standings
from autoscaler.hosts.home_region import home_region
from autoscaler.ports import State

if TYPE_CHECKING:
    from autoscaler.adapters.aws.clients import Clients


class InForce(Standings[Aws]):
    """Its clients outlive what is made anew."""

    def __init__(self, settings: Settings, part: str = "", *, priced: bool = False) -> None:
        self._settings = settings
        super().__init__(settings, part, priced=priced)

    @classmethod
    def from_environment(cls, part: str, *, priced: bool = False) -> InForce:
        """ConfigError when the environment or the configuration is not complete."""
        return cls(Settings.read(os.environ), part, priced=priced)

    @cached_property
    def state(self) -> State:
        from autoscaler.adapters.aws.dynamodb import DynamoState

        return DynamoState(self._clients.dynamodb(), self._settings.table)

    def made(self, standing: Standing, prices: Sequence[PriceRow] | None) -> Aws:
        made = Aws(
            self._settings,
            config=standing.config,
            config_problem=standing.problem,
            held=standing.held,
            prices=prices,
        )
        made.clients = self._clients
        return made

    def lacks(self, packaged: Config, wanted: Config) -> Iterator[Problem]:
        from autoscaler.config.on_aws import Made

        return Made.of(packaged, home_region()).without(Made.of(wanted))

    @cached_property
    def _clients(self) -> Clients:
        from autoscaler.adapters.aws.clients import Clients

        return Clients()
