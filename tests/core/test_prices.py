"""Which price counts."""

import pytest

from autoscaler.core.fleet import Market, Offering
from autoscaler.core.ledger import PriceRow
from autoscaler.core.prices import Quote, Quotes, Wanted, looked_up, name_of, priced, quote
from tests.core.make import NOW, fleet, resource

PLACE = "cloud:north"
ON_DEMAND = "small:on-demand"


def listed(hourly: dict[str, float]) -> Quotes:
    return looked_up([PriceRow(key=PLACE, at=NOW, hourly=hourly)])


def wanted(market: Market = "on-demand", zone: str = "", type: str = "small") -> Wanted:
    return Wanted("lab/a:x", PLACE, type, zone, market)


@pytest.mark.parametrize(
    ("written", "looked", "shipped", "price"),
    [
        pytest.param(1.0, 2.0, 3.0, 1.0, id="the operator's before any other"),
        pytest.param(0.0, 2.0, 3.0, 0.0, id="even nothing"),
        pytest.param(None, 2.0, 3.0, 2.0, id="then one that was looked up"),
        pytest.param(None, None, 3.0, 3.0, id="then the shipped list's"),
        pytest.param(None, None, None, None, id="else it is unknown"),
    ],
)
def test_the_price_that_counts(
    written: float | None, looked: float | None, shipped: float | None, price: float | None
) -> None:
    offering = Offering(type="small", hourly_price=written)
    asked = fleet(resource("a", offerings=(offering, Offering(type="other"))))
    before = asked.by_key["lab/a"].dearest
    lists = [{} if known is None else listed({ON_DEMAND: known}) for known in (looked, shipped)]
    sought = [
        Wanted(name_of("lab/a", each), PLACE, each.type, "", each.market)
        for each in asked.by_key["lab/a"].offerings
    ]

    found = priced(asked, sought, *lists).by_key["lab/a"]

    assert [each.hourly_price for each in found.offerings] == [price, None]
    assert (before, found.dearest) == (written, price)


def test_a_resource_is_priced_where_it_is_bought() -> None:
    offering = Offering(type="small")
    asked = fleet(resource("a", offerings=(offering,)), resource("b", offerings=(offering,)))
    sought = [
        Wanted(name_of("lab/a", offering), PLACE, "small", "", "on-demand"),
        Wanted(name_of("lab/b", offering), "cloud:south", "small", "", "on-demand"),
    ]
    lists = {**listed({ON_DEMAND: 1.0}), "cloud:south": {ON_DEMAND: Quote(2.0, NOW)}}

    found = priced(asked, sought, lists)

    assert [found.by_key[key].dearest for key in ("lab/a", "lab/b")] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("zone", "hourly"),
    [
        pytest.param("a", 0.3, id="that of its zone"),
        pytest.param("", 0.5, id="without a zone the dearest one's"),
        pytest.param("c", 1.0, id="in a zone that nobody asked for what on demand costs"),
    ],
)
def test_a_spot_machine_costs(zone: str, hourly: float) -> None:
    spot = {"small:a:spot": 0.3, "small:b:spot": 0.5, "big:a:spot": 9.0}
    known = listed({ON_DEMAND: 1.0, **spot})

    assert quote(wanted("spot", zone), known) == Quote(hourly, NOW)


def test_without_any_price_it_is_unknown() -> None:
    assert quote(wanted("spot"), {}) is None
    assert quote(wanted(type="big"), listed({ON_DEMAND: 1.0})) is None
