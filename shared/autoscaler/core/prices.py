"""Which price counts, where several are known."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from autoscaler.core.fleet import Deployment, Market, Offering, Resource, changed
from autoscaler.core.ledger import PriceRow


class Quote(NamedTuple):
    """What an hour costs, as it was seen at `at`."""

    hourly: float
    at: datetime


class Wanted(NamedTuple):
    """An offering as a price list knows it: sold at a place ("ec2:eu-west-1"), in a zone or any.

    `name` is the resource's key and the offering's.
    """

    name: str
    place: str
    type: str
    zone: str
    market: Market


Quotes = Mapping[str, Mapping[str, Quote]]
"""By place; and there by type, zone (of spot machines only) and market: "g5.xlarge:on-demand"."""


def looked_up(rows: Iterable[PriceRow]) -> Quotes:
    """The prices that somebody looked up."""
    return {
        row.key: {what: Quote(hourly, row.at) for what, hourly in row.hourly.items()}
        for row in rows
    }


def quote(wanted: Wanted, quotes: Quotes) -> Quote | None:
    """What it costs at most: without a zone the dearest one's, and of spot what on demand costs.

    Nobody pays more for a spot machine than for the same one on demand.
    """
    known = quotes.get(wanted.place, {})
    on_demand = known.get(f"{wanted.type}:on-demand")
    if wanted.market == "on-demand":
        return on_demand
    return max(_spot(wanted, known), default=on_demand)


def priced(deployment: Deployment, wanted: Iterable[Wanted], *lists: Quotes) -> Deployment:
    """The deployment with a price on each offering that any list knows.

    What the operator wrote counts before any list, an earlier list (looked up) before a later one
    (shipped).
    """
    found = {each.name: first_quote(each, *lists) for each in wanted}
    hourly = {name: quote.hourly for name, quote in found.items() if quote}
    autoscalers = (
        autoscaler.model_copy(
            update={"resources": tuple(_resource(each, hourly) for each in autoscaler.resources)}
        )
        for autoscaler in deployment.autoscalers
    )
    return changed(deployment, autoscalers)


def first_quote(wanted: Wanted, *lists: Quotes) -> Quote | None:
    """What the first list says that knows it."""
    found = (quote(wanted, quotes) for quotes in lists)
    return next((each for each in found if each), None)


def name_of(resource: str, offering: Offering) -> str:
    return f"{resource}:{offering.key}"


def _spot(wanted: Wanted, known: Mapping[str, Quote]) -> Iterator[Quote]:
    for what, quote in known.items():
        type, _, rest = what.partition(":")
        zone, _, market = rest.rpartition(":")
        if (type, market) == (wanted.type, "spot") and wanted.zone in ("", zone):
            yield quote


def _resource(resource: Resource, hourly: Mapping[str, float]) -> Resource:
    offerings = tuple(_offering(resource.key, each, hourly) for each in resource.offerings)
    values = {name: getattr(resource, name) for name in Resource.model_fields}
    return Resource.model_validate(values | {"offerings": offerings})


def _offering(resource: str, offering: Offering, hourly: Mapping[str, float]) -> Offering:
    if offering.hourly_price is not None:
        return offering
    found = hourly.get(name_of(resource, offering))
    return offering.model_copy(update={"hourly_price": found})
