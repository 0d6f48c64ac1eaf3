"""Looking prices up again."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from autoscaler.core.ledger import PriceRow, Ref
from autoscaler.core.prices import Wanted
from autoscaler.errors import StaleWriteError
from autoscaler.ports import Clock, Prices, State


class Step(NamedTuple):
    """One type at one place: what it costs on demand, and at most on the spot market."""

    place: str
    type: str
    on_demand: float | None
    spot: float | None


class Refresher:
    """Keeps a row of prices for each place at which machines may be bought."""

    def __init__(self, state: State, prices: Mapping[str, Prices], clock: Clock) -> None:
        """`prices` are by provider."""
        self._state = state
        self._prices = prices
        self._clock = clock

    def __call__(self, wanted: Sequence[Wanted]) -> Iterator[Step]:
        """Each type as it is found; a place's row is written once all of it is known.

        Raises UnavailableError: the places before it are written, nothing of this one is.
        """
        by_place = groupby(sorted(wanted, key=lambda each: each.place), lambda each: each.place)
        for place, group in by_place:
            yield from self._look(place, list(group))

    def _look(self, place: str, wanted: Sequence[Wanted]) -> Iterator[Step]:
        provider, _, region = place.partition(":")
        prices = self._prices[provider]
        types = list(dict.fromkeys(each.type for each in wanted))
        bids = {each.type for each in wanted if each.market == "spot"}
        spot = prices.spot(region, bids)
        hourly = {f"{type}:{zone}:spot": price for (type, zone), price in spot.items()}
        for type in types:
            on_demand = prices.on_demand(region, type)
            if on_demand is not None:
                hourly[f"{type}:on-demand"] = on_demand
            dearest = max((p for (t, _), p in spot.items() if t == type), default=None)
            yield Step(place, type, on_demand, dearest)
        self._write(place, hourly)

    def _write(self, place: str, hourly: Mapping[str, float]) -> None:
        before = self._state.read(Ref("price", place))
        revision = before.revision if before else 0
        row = PriceRow(
            key=place, revision=revision, at=self._clock.now(), hourly=dict(sorted(hourly.items()))
        )
        try:
            self._state.commit(put=[row])
        except StaleWriteError:
            return  # somebody else has just looked them up, too
