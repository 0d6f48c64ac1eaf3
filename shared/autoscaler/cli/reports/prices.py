"""`prices`: what each way to buy a machine costs, and who says so."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from autoscaler.core.fleet import Deployment
from autoscaler.core.prices import Quotes, Wanted, name_of, quote
from autoscaler.core.value import Value

Source = Literal["written", "looked up", "shipped", "unknown"]

OLD = timedelta(days=30)


class PriceLine(Value):
    """An offering. `at` is when its price was seen; `old`: too long ago to be relied upon."""

    resource: str
    type: str
    where: str
    market: str
    hourly_price: float | None
    source: Source
    at: datetime | None
    old: bool


class PriceReport(Value):
    at: datetime
    prices: tuple[PriceLine, ...]


def price_report(
    deployment: Deployment,
    wanted: Sequence[Wanted],
    lists: tuple[Quotes, Quotes],
    now: datetime,
) -> PriceReport:
    """`deployment` is as it is configured; `lists` are what was looked up, and what is shipped."""
    return PriceReport(at=now, prices=tuple(_lines(deployment, wanted, lists, now)))


def looked_up_long_ago(quotes: Quotes, now: datetime) -> datetime | None:
    """When the oldest of these was seen, if that is too long ago."""
    oldest = min((each.at for place in quotes.values() for each in place.values()), default=now)
    return oldest if now - oldest > OLD else None


def _lines(
    deployment: Deployment,
    wanted: Iterable[Wanted],
    lists: tuple[Quotes, Quotes],
    now: datetime,
) -> Iterator[PriceLine]:
    listed = {each.name: each for each in wanted}
    for resource in deployment.resources:
        for offering in resource.offerings:
            one = listed.get(name_of(resource.key, offering))
            price, source, at = offering.hourly_price, "written", None
            if price is None:
                price, source, at = _found(one, lists)
            yield PriceLine.model_validate(
                {
                    "resource": resource.key,
                    "type": offering.type,
                    "where": offering.zone or (one.place.partition(":")[2] if one else ""),
                    "market": offering.market,
                    "hourly_price": price,
                    "source": source,
                    "at": at,
                    "old": at is not None and now - at > OLD,
                }
            )


def _found(
    wanted: Wanted | None, lists: tuple[Quotes, Quotes]
) -> tuple[float | None, str, datetime | None]:
    for source, quotes in zip(("looked up", "shipped"), lists, strict=True):
        found = quote(wanted, quotes) if wanted else None
        if found:
            return found.hourly, source, found.at
    return None, "unknown", None
