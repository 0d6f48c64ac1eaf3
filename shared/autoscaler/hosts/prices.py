"""Prices for a deployment: those that were looked up, then those that are shipped."""

from collections.abc import Sequence

from autoscaler.config import Config
from autoscaler.config.prices import shipped, wanted
from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import PriceRow, Ref
from autoscaler.core.prices import Quotes, Wanted, looked_up, priced
from autoscaler.errors import ConfigError, Problem
from autoscaler.hosts.home_region import home_region
from autoscaler.ports import Clock, Prices, State
from autoscaler.services.refresh import Refresher

_ASKED = "ec2:"


def with_prices(
    config: Config, deployment: Deployment, rows: Sequence[PriceRow] = ()
) -> Deployment:
    """The deployment with every price that was looked up or is in the list."""
    wanted = sought(config)
    return priced(deployment, wanted, looked_up(rows), shipped()) if wanted else deployment


def lists(wanted: Sequence[Wanted], state: State | None) -> tuple[Quotes, Quotes]:
    """What was looked up, and what is shipped."""
    return looked_up(price_rows(wanted, state)), shipped()


def refreshable(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Those that can be looked up: nobody can ask for Google's prices without a key of theirs."""
    return [each for each in wanted if each.place.startswith(_ASKED)]


def price_rows(wanted: Sequence[Wanted], state: State | None) -> Sequence[PriceRow]:
    """What the table, if there is one, has of these: one row for each region."""
    places = sorted({each.place for each in refreshable(wanted)}) if state else ()
    found = [state.read(Ref("price", place)) for place in places] if state else []
    return [row for row in found if isinstance(row, PriceRow)]


def sought(config: Config) -> Sequence[Wanted]:
    """Every offering that a price list may know."""
    found = list(wanted(config))
    if any(each.place == "ec2:" for each in found):
        return list(wanted(config, home_region()))
    return found


def refresher(config: Config, state: State, clock: Clock) -> Refresher:
    """ConfigError when nobody says in which region machines are bought."""
    providers: dict[str, Prices] = {}
    for each in refreshable(sought(config)):
        provider, _, region = each.place.partition(":")
        if not region:
            remedy = "is missing: write it, or set AWS_REGION"
            raise ConfigError(Problem("aws.region", "", remedy))
        if provider not in providers:
            providers[provider] = _ec2(clock)
    return Refresher(state, providers, clock)


def _ec2(clock: Clock) -> Prices:
    from autoscaler.adapters.aws.clients import Clients
    from autoscaler.adapters.aws.prices import prices_of

    return prices_of(Clients(), clock)
