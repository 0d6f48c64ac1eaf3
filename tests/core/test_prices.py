"""Which price counts."""

import pytest

from autoscaler.core.fleet import Offering
from autoscaler.core.prices import priced
from tests.core.make import fleet, resource

NAME = "cloud:small:spot"


@pytest.mark.parametrize(
    ("written", "looked_up", "shipped", "price"),
    [
        pytest.param(1.0, 2.0, 3.0, 1.0, id="the operator's before any other"),
        pytest.param(0.0, 2.0, 3.0, 0.0, id="even nothing"),
        pytest.param(None, 2.0, 3.0, 2.0, id="then one that was looked up"),
        pytest.param(None, None, 3.0, 3.0, id="then the shipped list's"),
        pytest.param(None, None, None, None, id="else it is unknown"),
    ],
)
def test_the_price_that_counts(
    written: float | None, looked_up: float | None, shipped: float | None, price: float | None
) -> None:
    offering = Offering(type="small", market="spot", hourly_price=written)
    asked = fleet(resource("a", offerings=(offering, Offering(type="other"))))
    before = asked.by_key["lab/a"].dearest
    lists = [{} if known is None else {NAME: known} for known in (looked_up, shipped)]
    found = priced(asked, *lists).by_key["lab/a"]
    assert [each.hourly_price for each in found.offerings] == [price, None]
    assert (before, found.dearest) == (written, price)
