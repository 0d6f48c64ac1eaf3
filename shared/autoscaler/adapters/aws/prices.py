"""What EC2 machines cost: on demand from the price list, spot from the price history."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from autoscaler.adapters.aws.clients import Clients
from autoscaler.errors import CredentialsError, UnavailableError
from autoscaler.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_pricing import PricingClient
    from mypy_boto3_pricing.type_defs import FilterTypeDef

_HOURS = {"Hrs", "Hours"}
_LINUX = ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"]  # the second: accounts from before 2013
_REFUSED = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "RequestExpired",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
}


def prices_of(clients: Clients, clock: Clock) -> "Ec2Prices":
    """Whoever asks needs `pricing:GetProducts` and `ec2:DescribeSpotPriceHistory`."""
    return Ec2Prices(clients.pricing(), clients.ec2, clock)


class Ec2Prices:
    """The port Prices: Linux, shared tenancy, no licence, in US dollars."""

    def __init__(
        self, pricing: "PricingClient", ec2: "Callable[[str], EC2Client]", clock: Clock
    ) -> None:
        self._pricing = pricing
        self._ec2 = ec2
        self._clock = clock

    def on_demand(self, region: str, type: str) -> float | None:
        filters = list(_filters(region, type))
        pages = self._pricing.get_paginator("get_products")
        with _asking("pricing:GetProducts", region):
            found = [
                price
                for page in pages.paginate(ServiceCode="AmazonEC2", Filters=filters)
                for product in page["PriceList"]
                for price in _per_hour(json.loads(product))
            ]
        # the free ones are for machines that stand in a reservation; of what is left over count
        # the highest, as a budget must
        return max((price for price in found if price > 0), default=None)

    def spot(self, region: str, types: Collection[str]) -> Mapping[tuple[str, str], float]:
        if not types:
            return {}
        now = self._clock.now()
        names: Any = sorted(types)  # the SDK's types know the machines of its own day only
        newest: dict[tuple[str, str], tuple[datetime, float]] = {}
        with _asking("ec2:DescribeSpotPriceHistory", region):
            pages = self._ec2(region).get_paginator("describe_spot_price_history")
            for page in pages.paginate(
                InstanceTypes=names,
                ProductDescriptions=_LINUX,
                StartTime=now,
                EndTime=now,
            ):
                for entry in page["SpotPriceHistory"]:
                    key = (str(entry["InstanceType"]), entry["AvailabilityZone"])
                    said = (entry["Timestamp"], float(entry["SpotPrice"]))
                    newest[key] = max(said, newest.get(key, said))
        return {key: price for key, (_, price) in newest.items()}


def _filters(region: str, type: str) -> "Iterator[FilterTypeDef]":
    wanted = {
        "instanceType": type,
        "regionCode": region,
        "operatingSystem": "Linux",
        "tenancy": "Shared",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
        "marketoption": "OnDemand",
    }
    for field, value in wanted.items():
        yield {"Type": "TERM_MATCH", "Field": field, "Value": value}


def _per_hour(product: Mapping[str, Any]) -> Iterator[float]:
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            dollars = dimension["pricePerUnit"].get("USD")
            if dimension["unit"] in _HOURS and dollars is not None:
                yield float(dollars)


@contextmanager
def _asking(action: str, region: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _REFUSED:
            raise CredentialsError(
                f"{action} for {region} was refused ({code}): allow it to who asks, or write"
                " hourly_price"
            ) from error
        raise UnavailableError(f"{action} for {region} failed: {error}") from error
    except NoCredentialsError as error:
        remedy = "nobody is logged in to AWS here: log in, set AWS_PROFILE, or write hourly_price"
        raise CredentialsError(remedy) from error
    except BotoCoreError as error:
        raise UnavailableError(f"{action} for {region} failed: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise UnavailableError(f"{action} for {region} answered what is no price") from error
