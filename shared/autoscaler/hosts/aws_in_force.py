"""What a warm function acts by: the configuration and the prices that count now."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from autoscaler.config.models import Config
from autoscaler.config.reading import load, parse
from autoscaler.core.ledger import ConfigRow, PriceRow
from autoscaler.errors import AutoscalerError, ConfigError, UnavailableError
from autoscaler.hosts.aws import Aws
from autoscaler.hosts.aws_settings import Settings
from autoscaler.hosts.home_region import home_region
from autoscaler.hosts.prices import price_rows, sought
from autoscaler.ports import State

if TYPE_CHECKING:
    from autoscaler.adapters.aws.clients import Clients

log = logging.getLogger(__name__)


class Standing(NamedTuple):
    """The configuration in force, and the rows that it was read from.

    `problem`: why those rows cannot be used. `held`: no function knew better rows, so that the
    packaged file stands in, by which nothing new is decided.
    """

    config: Config
    rows: Sequence[ConfigRow] = ()
    problem: str = ""
    held: bool = False


class InForce:
    """Gives the composition root, made anew once people have changed what it is made of.

    It looks when it is asked, once an invocation: at the rows of the configuration, if that lives
    in the table, and with `priced` at those of prices. What cannot be read or used leaves the
    last that could; a configuration that is so is told.
    """

    def __init__(self, settings: Settings, part: str = "", *, priced: bool = False) -> None:
        """ConfigError when there is no configuration to begin with.

        `part`: what the function uses of it, made at once: a cold start has the processor for it.
        """
        self._settings, self._part, self._priced = settings, part, priced
        self._standing = self._read() if settings.in_table else Standing(load(settings.config))
        self._prices: Sequence[PriceRow] | None = None
        self._host = self._made()

    @classmethod
    def from_environment(cls, part: str, *, priced: bool = False) -> InForce:
        """ConfigError when the environment or the configuration is not complete."""
        return cls(Settings.read(os.environ), part, priced=priced)

    @property
    def name(self) -> str:
        """The deployment's, which never changes."""
        return self._standing.config.name

    def current(self) -> Aws:
        """By what stands in the table now."""
        before = (self._standing, self._prices)
        if self._settings.in_table:
            self._standing = self._read(self._standing)
        if self._priced:
            self._prices = self._looked_up()
        if (self._standing, self._prices) != before:
            self._host = self._made()
        return self._host

    def _made(self) -> Aws:
        found = self._standing
        made = Aws(
            self._settings,
            config=found.config,
            config_problem=found.problem,
            held=found.held,
            prices=self._prices,
            clients=self._clients,
        )
        if self._part:
            getattr(made, self._part)
        return made

    def _read(self, before: Standing | None = None) -> Standing:
        from autoscaler.config.stored import joined, read

        rows: Sequence[ConfigRow] = ()
        try:
            rows = read(self._state.read)
            if before and before.rows == rows and rows:
                return before
            config = self._usable(joined(rows))
        except (ConfigError, UnavailableError) as error:
            known = before or self._stand_in()
            if known is None:
                raise
            if known.problem != str(error):
                log.warning("configuration_unusable", extra={"error": str(error)})
            return known._replace(rows=rows, problem=str(error))
        return Standing(config, rows)

    def _usable(self, text: str) -> Config:
        """ConfigError when it has mistakes, or needs what the deployment was not made for."""
        from autoscaler.config.on_aws import Made
        from autoscaler.config.stored import SOURCE

        config, packaged = parse(text, SOURCE), self._packaged
        if packaged and (lacks := list(Made.of(packaged, home_region()).without(Made.of(config)))):
            raise ConfigError(*lacks)
        return config

    def _stand_in(self) -> Standing | None:
        return Standing(self._packaged, held=True) if self._packaged else None

    def _looked_up(self) -> Sequence[PriceRow]:
        try:
            return price_rows(sought(self._standing.config), self._state)
        except AutoscalerError as error:  # a tick tells what is wrong with the table
            log.warning("prices_unread", extra={"error": str(error)})
            return self._prices or ()

    @cached_property
    def _packaged(self) -> Config | None:
        file = self._settings.packaged
        return load(file) if file.exists() else None

    @cached_property
    def _clients(self) -> Clients:
        from autoscaler.adapters.aws.clients import Clients

        return Clients()

    @cached_property
    def _state(self) -> State:
        from autoscaler.adapters.aws.dynamodb import DynamoState

        return DynamoState(self._clients.dynamodb(), self._settings.table)
