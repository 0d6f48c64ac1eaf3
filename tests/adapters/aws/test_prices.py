"""Looking prices up: real boto3 against a small market on this computer."""

from collections.abc import Iterator
from datetime import datetime

import boto3
import pytest
from botocore.config import Config

from autoscaler.adapters.aws.prices import Ec2Prices
from autoscaler.errors import CredentialsError, UnavailableError
from tests.adapters.aws.fake_prices import Market, selling
from tests.core.make import NOW

EARLY, LATE = "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"


class Noon:
    def now(self) -> datetime:
        return NOW


@pytest.fixture(scope="module")
def shop() -> Iterator[Market]:
    with selling(Market()) as market:
        yield market


@pytest.fixture
def market(shop: Market) -> Market:
    """Empty again."""
    shop.on_demand, shop.spot, shop.failure, shop.asked = {}, [], "", []
    return shop


@pytest.fixture(scope="module")
def prices(shop: Market) -> Ec2Prices:
    session = boto3.Session("key", "secret", region_name="us-east-1")
    quick = Config(retries={"total_max_attempts": 1})
    pricing = session.client("pricing", endpoint_url=shop.url, config=quick)
    return Ec2Prices(
        pricing,
        lambda region: session.client(
            "ec2", region_name=region, endpoint_url=shop.url, config=quick
        ),
        Noon(),
    )


@pytest.mark.parametrize(
    ("listed", "price"),
    [
        pytest.param(["1.0060000000"], 1.006, id="the one that is listed"),
        pytest.param(["0.0000000000", "1.006"], 1.006, id="not what a reservation pays for"),
        pytest.param(["0", "0", "1.006"], 1.006, id="the one on the second page"),
        pytest.param(["1.006", "1.2"], 1.2, id="of two the higher one"),
        pytest.param([], None, id="none where it is not sold"),
    ],
)
def test_the_price_on_demand_is(
    market: Market, prices: Ec2Prices, listed: list[str], price: float | None
) -> None:
    market.on_demand["eu-west-1", "g5.xlarge"] = listed

    assert prices.on_demand("eu-west-1", "g5.xlarge") == price


def test_it_asks_for_plain_linux_machines_on_demand(market: Market, prices: Ec2Prices) -> None:
    prices.on_demand("eu-west-1", "g5.xlarge")

    assert market.asked == [
        {
            "instanceType": "g5.xlarge",
            "regionCode": "eu-west-1",
            "operatingSystem": "Linux",
            "tenancy": "Shared",
            "preInstalledSw": "NA",
            "capacitystatus": "Used",
            "marketoption": "OnDemand",
        }
    ]


def test_spot_prices_are_the_newest_of_each_zone_over_all_pages(
    market: Market, prices: Ec2Prices
) -> None:
    market.spot = [
        ("g5.xlarge", "eu-west-1a", "0.40", LATE),
        ("g5.xlarge", "eu-west-1a", "0.90", EARLY),
        ("g5.xlarge", "eu-west-1b", "0.30", EARLY),
        ("g4dn.xlarge", "eu-west-1a", "0.20", EARLY),
        ("p4d.24xlarge", "eu-west-1a", "9.00", EARLY),
    ]

    assert prices.spot("eu-west-1", ["g5.xlarge", "g4dn.xlarge"]) == {
        ("g5.xlarge", "eu-west-1a"): 0.4,
        ("g5.xlarge", "eu-west-1b"): 0.3,
        ("g4dn.xlarge", "eu-west-1a"): 0.2,
    }
    assert market.asked[0]["ProductDescription.1"] == "Linux/UNIX"


def test_without_types_nobody_is_asked(market: Market, prices: Ec2Prices) -> None:
    assert prices.spot("eu-west-1", []) == {}
    assert not market.asked


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        pytest.param("AccessDeniedException", CredentialsError, "allow it", id="a refusal"),
        pytest.param("ThrottlingException", UnavailableError, "failed", id="a failure"),
    ],
)
def test_who_cannot_be_asked_names_the_action_and_the_region(
    market: Market, prices: Ec2Prices, code: str, error: type[Exception], said: str
) -> None:
    market.failure = code

    with pytest.raises(error, match=f"pricing:GetProducts for eu-west-1 .*{said}"):
        prices.on_demand("eu-west-1", "g5.xlarge")
    with pytest.raises(UnavailableError, match="ec2:DescribeSpotPriceHistory for eu-west-1 "):
        prices.spot("eu-west-1", ["g5.xlarge"])
