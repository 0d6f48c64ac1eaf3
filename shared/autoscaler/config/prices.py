"""What machines of clouds cost: the list that is shipped, and what it says of a configuration."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from autoscaler.config.ec2 import Ec2Section
from autoscaler.config.ec2_fields import region_of
from autoscaler.config.models import AutoscalerSection, Config
from autoscaler.core.prices import Quote, Quotes, Wanted, name_of


def wanted(config: Config, home: str = "") -> Iterator[Wanted]:
    """Every offering that a price list may know; `home` is the region where none is written."""
    for owner in config.autoscalers:
        for resource in owner.resources:
            if isinstance(resource, Ec2Section):
                yield from _of_ec2(config, owner, resource, home)


@cache
def shipped() -> Quotes:
    """Prices on demand of the usual machines, as they were when the list was made."""
    text = files("autoscaler.config").joinpath("shipped/ec2_prices.json").read_text("utf-8")
    found: dict[str, dict[str, Quote]] = {}
    for table in json.loads(text)["tables"]:
        for region, hourly in table["hourly"].items():
            found.setdefault(f"ec2:{region}", {}).update(_column(table, hourly))
    return found


def _column(table: Mapping[str, str], hourly: list[float]) -> dict[str, Quote]:
    at = datetime.fromisoformat(table["at"]).replace(tzinfo=UTC)
    types = (f"{table['family']}.{size}:on-demand" for size in table["sizes"])
    return {what: Quote(price, at) for what, price in zip(types, hourly, strict=True)}


def _of_ec2(
    config: Config, owner: AutoscalerSection, resource: Ec2Section, home: str
) -> Iterator[Wanted]:
    own = config.aws_of(owner, resource).region or home
    for one, offering in zip(resource.purchases, resource.offerings, strict=True):
        region = one.region or region_of(one.zone) or own
        name = name_of(f"{owner.name}/{resource.name}", offering)
        yield Wanted(name, f"ec2:{region}", one.type, one.zone, one.market)
