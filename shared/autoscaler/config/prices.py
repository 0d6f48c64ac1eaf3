"""What machines of clouds cost: the list that is shipped, and what it says of a configuration."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

from autoscaler.config import gce_fields
from autoscaler.config.ec2 import Ec2Section
from autoscaler.config.ec2_fields import region_of
from autoscaler.config.gce import GceSection
from autoscaler.config.gce_types import gpus
from autoscaler.config.models import AutoscalerSection, Config
from autoscaler.core.prices import Quote, Quotes, Wanted, name_of


def wanted(config: Config, home: str = "") -> Iterator[Wanted]:
    """Every offering that a price list may know; `home` is AWS's region where none is written."""
    for owner in config.autoscalers:
        for resource in owner.resources:
            if isinstance(resource, Ec2Section):
                yield from _of_ec2(config, owner, resource, home)
            elif isinstance(resource, GceSection):
                yield from _of_gce(owner, resource)


@cache
def shipped() -> Quotes:
    """Prices on demand of the usual machines, as they were when the lists were made."""
    ec2, gce = _list("ec2"), _list("gce")
    return {
        **{f"ec2:{region}": found for region, found in _tables(ec2, ".").items()},
        **{f"gce:{region}": found for region, found in _with_gpus(gce).items()},
    }


def _list(provider: str) -> Any:
    text = files("autoscaler.config").joinpath(f"shipped/{provider}_prices.json")
    return json.loads(text.read_text("utf-8"))


def _tables(listed: Any, mark: str) -> dict[str, dict[str, Quote]]:
    """By region; `mark` stands between a family and a size."""
    found: dict[str, dict[str, Quote]] = {}
    for table in listed["tables"]:
        types = [f"{table['family']}{mark}{size}" for size in table["sizes"]]
        for region, hourly in table["hourly"].items():
            quotes = (Quote(price, _day(table["at"])) for price in hourly)
            column = zip(types, quotes, strict=True)
            found.setdefault(region, {}).update((f"{t}:on-demand", quote) for t, quote in column)
    return found


def _with_gpus(tables: Any) -> dict[str, dict[str, Quote]]:
    """Types that take GPUs are listed with each number of each kind as well."""
    found, gpus = _tables(tables, "-"), tables["gpus"]
    at = _day(gpus["at"])
    for region, hourly in gpus["hourly"].items():
        bare = {
            what: q for what, q in found[region].items() if what.startswith(gpus["attached_to"])
        }
        for (what, quote), count in product(bare.items(), gpus["counts"]):
            for kind, price in zip(gpus["types"], hourly, strict=True):
                type = _carrying(what.partition(":")[0], kind, count)
                both = Quote(quote.hourly + count * price, min(quote.at, at))
                found[region][f"{type}:on-demand"] = both
    return found


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _of_ec2(
    config: Config, owner: AutoscalerSection, resource: Ec2Section, home: str
) -> Iterator[Wanted]:
    own = config.aws_of(owner, resource).region or home
    for one, offering in zip(resource.purchases, resource.offerings, strict=True):
        region = one.region or region_of(one.zone) or own
        name = name_of(f"{owner.name}/{resource.name}", offering)
        yield Wanted(name, f"ec2:{region}", one.type, one.zone, one.market)


def _of_gce(owner: AutoscalerSection, resource: GceSection) -> Iterator[Wanted]:
    for one, offering in zip(resource.purchases, resource.offerings, strict=True):
        name = name_of(f"{owner.name}/{resource.name}", offering)
        attached = resource.gpu_type if gpus(one.type) == "attached" else None
        type = _carrying(one.type, attached, resource.gpu_count) if attached else one.type
        yield Wanted(name, f"gce:{gce_fields.region_of(one.zone)}", type, one.zone, one.market)


def _carrying(type: str, gpu: str, count: int) -> str:
    """What a type with GPUs attached to it is called in a list."""
    return f"{type}+{count}x{gpu}"
