"""Looking prices up again."""

from collections.abc import Collection, Mapping

import pytest

from autoscaler.adapters.memory.clock import FixedClock
from autoscaler.adapters.memory.state import MemoryState
from autoscaler.core.fleet import Market
from autoscaler.core.ledger import PriceRow, Ref, Row
from autoscaler.core.prices import Wanted
from autoscaler.errors import UnavailableError
from autoscaler.services.refresh import Refresher, Step
from tests.core.make import NOW

NORTH, SOUTH = "cloud:north", "cloud:south"


class Shop:
    """The port Prices; the south cannot be read while `closed`."""

    def __init__(self) -> None:
        self.closed = False
        self.bids: list[Collection[str]] = []

    def on_demand(self, region: str, type: str) -> float | None:
        if self.closed and region == "south":
            raise UnavailableError("closed")
        return {"small": 1.0, "big": 4.0}.get(type)

    def spot(self, region: str, types: Collection[str]) -> Mapping[tuple[str, str], float]:
        self.bids.append(types)
        return {(type, f"{region}-{zone}"): zone / 10 for type in types for zone in (3, 4)}


@pytest.fixture
def state() -> MemoryState:
    return MemoryState()


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def refresher(state: MemoryState, shop: Shop) -> Refresher:
    return Refresher(state, {"cloud": shop}, FixedClock(NOW))


def wanted(place: str, type: str = "small", market: Market = "on-demand") -> Wanted:
    return Wanted("lab/a:x", place, type, "", market)


def row(state: MemoryState, place: str) -> PriceRow:
    found = state.read(Ref("price", place))
    assert isinstance(found, PriceRow)
    return found


def test_each_place_has_a_row_and_each_type_a_step(
    refresher: Refresher, state: MemoryState, shop: Shop
) -> None:
    steps = list(
        refresher(
            [
                wanted(SOUTH, "small", "spot"),
                wanted(SOUTH, "small"),
                wanted(NORTH, "small"),
                wanted(NORTH, "none"),
            ]
        )
    )

    assert steps == [
        Step(NORTH, "small", 1.0, None),
        Step(NORTH, "none", None, None),
        Step(SOUTH, "small", 1.0, 0.4),
    ]
    assert row(state, NORTH).hourly == {"small:on-demand": 1.0}
    assert row(state, SOUTH).hourly == {
        "small:on-demand": 1.0,
        "small:south-3:spot": 0.3,
        "small:south-4:spot": 0.4,
    }
    assert row(state, SOUTH).at == NOW
    assert shop.bids == [set(), {"small"}]


def test_looked_up_again_only_what_is_wanted_now_stays(
    refresher: Refresher, state: MemoryState
) -> None:
    list(refresher([wanted(NORTH, "small")]))
    list(refresher([wanted(NORTH, "big")]))

    assert row(state, NORTH).hourly == {"big:on-demand": 4.0}
    assert row(state, NORTH).revision == 2


def test_a_place_that_cannot_be_read_keeps_its_row(
    refresher: Refresher, state: MemoryState, shop: Shop
) -> None:
    list(refresher([wanted(SOUTH, "small")]))
    shop.closed = True

    with pytest.raises(UnavailableError):
        list(refresher([wanted(SOUTH, "big"), wanted(NORTH, "big")]))

    assert row(state, NORTH).hourly == {"big:on-demand": 4.0}
    assert row(state, SOUTH).hourly == {"small:on-demand": 1.0}


class Overtaken(MemoryState):
    """Somebody else's row comes between a read and the write that follows from it."""

    def read(self, ref: Ref) -> Row | None:
        found = super().read(ref)
        self.commit(put=[PriceRow(key=NORTH, at=NOW, hourly={"small:on-demand": 2.0})])
        return found


def test_who_was_faster_is_not_overwritten(shop: Shop) -> None:
    state = Overtaken()

    list(Refresher(state, {"cloud": shop}, FixedClock(NOW))([wanted(NORTH)]))

    found = MemoryState.read(state, Ref("price", NORTH))
    assert isinstance(found, PriceRow)
    assert found.hourly == {"small:on-demand": 2.0}
