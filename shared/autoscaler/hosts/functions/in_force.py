"""What a warm function acts by: the configuration and the prices that count now."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from autoscaler.config.models import Config
from autoscaler.config.reading import load, parse
from autoscaler.core.ledger import ConfigRow, PriceRow
from autoscaler.errors import AutoscalerError, ConfigError, Problem, UnavailableError
from autoscaler.hosts.functions.root import Functions
from autoscaler.hosts.functions.settings import FunctionSettings
from autoscaler.hosts.prices import price_rows, sought
from autoscaler.ports import State

log = logging.getLogger(__name__)

H = TypeVar("H", bound=Functions[Any])


class Standing(NamedTuple):
    """The configuration in force, and the rows that it was read from.

    `problem`: why those rows cannot be used. `held`: no function knew better rows, so that the
    packaged file stands in, by which nothing new is decided.
    """

    config: Config
    rows: Sequence[ConfigRow] = ()
    problem: str = ""
    held: bool = False


class Standings(ABC, Generic[H]):
    """Gives the composition root, made anew once people have changed what it is made of.

    It looks when it is asked, once an invocation: at the rows of the configuration, if that lives
    in the table, and with `priced` at those of prices. What cannot be read or used leaves the
    last that could; a configuration that is so is told.
    """

    def __init__(
        self,
        settings: FunctionSettings,
        part: str = "",
        *,
        priced: bool = False,
        config: Config | None = None,
    ) -> None:
        """ConfigError when there is no configuration to begin with.

        `part`: what the function uses of it, made at once: a cold start has the processor for it.
        `config`: what the file holds, where it was read already.
        """
        self._file, self._spare = settings.config, settings.packaged
        self._in_table = settings.in_table
        self._part, self._priced = part, priced
        self._standing = self._read() if self._in_table else Standing(config or load(self._file))
        self._prices: Sequence[PriceRow] | None = None
        self._host = self._begun()

    @property
    def name(self) -> str:
        """The deployment's, which never changes."""
        return self._standing.config.name

    def current(self) -> H:
        """By what stands in the table now."""
        before = (self._standing, self._prices)
        if self._in_table:
            self._standing = self._read(self._standing)
        if self._priced:
            self._prices = self._looked_up()
        if (self._standing, self._prices) != before:
            self._host = self._begun()
        return self._host

    # --- what a cloud has of its own ---

    @property
    @abstractmethod
    def state(self) -> State: ...

    @abstractmethod
    def made(self, standing: Standing, prices: Sequence[PriceRow] | None) -> H:
        """The composition root of this configuration."""

    @abstractmethod
    def lacks(self, packaged: Config, wanted: Config) -> Iterator[Problem]:
        """What `wanted` needs that a deployment of `packaged` does not have."""

    # --- how it is kept ---

    def _begun(self) -> H:
        made = self.made(self._standing, self._prices)
        if self._part:
            getattr(made, self._part)
        return made

    def _read(self, before: Standing | None = None) -> Standing:
        from autoscaler.config.stored import joined, read

        rows: Sequence[ConfigRow] = ()
        try:
            rows = read(self.state.read)
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
        from autoscaler.config.stored import SOURCE

        config, packaged = parse(text, SOURCE), self._packaged
        if packaged and (lacking := list(self.lacks(packaged, config))):
            raise ConfigError(*lacking)
        return config

    def _stand_in(self) -> Standing | None:
        return Standing(self._packaged, held=True) if self._packaged else None

    def _looked_up(self) -> Sequence[PriceRow]:
        try:
            return price_rows(sought(self._standing.config), self.state)
        except AutoscalerError as error:  # a tick tells what is wrong with the table
            log.warning("prices_unread", extra={"error": str(error)})
            return self._prices or ()

    @cached_property
    def _packaged(self) -> Config | None:
        return load(self._spare) if self._spare.exists() else None
