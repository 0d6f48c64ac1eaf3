"""What may still be started with the money that is left, and which machines must go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor

from autoscaler.core.decisions import Cause, Verdict
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.ledger import Instance
from autoscaler.core.money import (
    Bill,
    Stay,
    budgets,
    hourly,
    limits,
    scopes,
    unstarted,
)
from autoscaler.core.periods import Period, Window, window
from autoscaler.core.purses import Purse, ahead, bills, called, purse
from autoscaler.core.seen import Snapshot, Supply
from autoscaler.core.words import amount, span

_DUST = 1e-9  # what is lost when fractions are added up


@dataclass(slots=True)
class _Account:
    """A limit on the money of one window. `coming`: the window has not begun yet."""

    purse: Purse
    limit: float
    used: float
    when: Window
    coming: bool = False

    def cost(self, stay: Stay) -> float:
        return stay.hourly if self.purse.period == Period.HOUR else stay.cost(self.when)

    @property
    def over(self) -> bool:
        return self.used > self.limit + _DUST


class Budgets:
    """Every budget, with what this plan adds.

    A machine that is started commits what it costs if no worker of it ever appears. In a day or
    month, what is spent and committed may not pass the limit, nor may what is committed in the
    next one; in an hour, what all machines that live cost together.
    """

    def __init__(self, deployment: Deployment, seen: Snapshot) -> None:
        self._deployment = deployment
        self._now = seen.now
        self._budgets = budgets(deployment)
        self._accounts = self._opened(seen) if self._budgets else {}

    def unpriced(self, resource: Resource, queue: str) -> Verdict | None:
        """The verdict when a budget needs a price that nobody knows."""
        if resource.priced:
            return None
        for scope in scopes(resource.autoscaler, queue):
            budget = self._budgets.get(scope)
            if budget and not budget.allow_unknown_prices:
                whose = called(self._deployment, scope)
                reason = f"the price of {resource.key} is unknown, and {whose} has a budget"
                return self._verdict(
                    resource,
                    Cause.PRICE_UNKNOWN,
                    reason,
                    f"write hourly_price of {resource.key}, or allow_unknown_prices in the budget",
                )
        return None

    def rooms(self, resource: Resource, queue: str) -> Iterator[tuple[int, Verdict]]:
        """How many machines each budget leaves room for, and the words for it."""
        stay = self._new(resource)
        for account in self._of(resource.autoscaler, queue):
            each = account.cost(stay)
            if each > 0:
                room = floor((account.limit - account.used) / each + _DUST)
                yield room, self._spent(resource, account, each)

    def started(self, resource: Resource, queue: str, count: int) -> None:
        stay = self._new(resource)
        for account in self._of(resource.autoscaler, queue):
            account.used += count * account.cost(stay)

    def over(self, supply: Supply) -> str | None:
        """Why the machine has to go now, or None. One that works only goes where tasks requeue."""
        row = supply.instance
        if not self._accounts or not hourly(self._deployment, row):
            return None
        for account in self._of(row.autoscaler, row.queue):
            spares = supply.busy and self._budgets[account.purse.scope].on_budget == "finish"
            if account.over and not account.coming and not spares:
                return self._words(account)
        return None

    def stopped(self, row: Instance) -> None:
        """It goes: an hour costs less without it, a day does not yet."""
        for account in self._of(row.autoscaler, row.queue):
            if account.purse.period == Period.HOUR:
                account.used -= hourly(self._deployment, row) or 0.0

    def _opened(self, seen: Snapshot) -> Mapping[str, list[_Account]]:
        rows = (*(each.instance for each in seen.supply), *seen.ended)
        mine = bills(self._deployment, rows, self._now)
        spend = {row.key: row for row in seen.spend}
        accounts: dict[str, list[_Account]] = {}
        for scope, budget in self._budgets.items():
            for period, most in limits(budget):
                own, zone = mine.get(scope, ()), self._deployment.timezone
                held = purse(scope, period, most, own, spend.get(scope), self._now, zone)
                accounts.setdefault(scope, []).extend(self._pair(held, most, own))
        return accounts

    def _pair(self, held: Purse, limit: float, mine: Sequence[Bill]) -> Iterator[_Account]:
        """The accounts of the window that runs and of the one after it; an hour has one only."""
        zone = self._deployment.timezone
        yield _Account(held, limit, held.used, window(held.period, self._now, zone))
        if held.period != Period.HOUR:
            after = window(held.period, held.ends, zone)
            yield _Account(held, limit, ahead(mine, after), after, coming=True)

    def _of(self, autoscaler: str, queue: str) -> Iterator[_Account]:
        for scope in scopes(autoscaler, queue):
            yield from self._accounts.get(scope, ())

    def _new(self, resource: Resource) -> Stay:
        most = unstarted(self._deployment, resource.key)
        latest = self._now + self._deployment.timing.deadline + most
        return Stay(resource.dearest or 0.0, self._now, latest, most)

    def _spent(self, resource: Resource, account: _Account, each: float) -> Verdict:
        held = account.purse
        whose = called(self._deployment, held.scope)
        return self._verdict(
            resource,
            Cause.BUDGET,
            f"{self._words(account)}; one more commits {amount(each)}",
            f"raise budget.{held.period} of {whose}, or wait",
        )

    def _words(self, account: _Account) -> str:
        """Whose budget it is, what is used of it, and when that ends."""
        held, limit = account.purse, amount(account.limit)
        whose = f"budget of {called(self._deployment, held.scope)}"
        if held.period == Period.HOUR:
            return f"{whose}: what lives costs {amount(account.used)} of {limit} an hour"
        left = span(held.ends - self._now)
        if account.coming:
            used = f"{amount(account.used)} committed of {limit}"
            return f"{whose}: {used} for the {held.period} that begins in {left}"
        used = f"{amount(held.spent)} spent and {amount(account.used - held.spent)} committed"
        return f"{whose}: {used} of {limit} for this {held.period}, which ends in {left}"

    def _verdict(self, resource: Resource, cause: Cause, reason: str, remedy: str) -> Verdict:
        return Verdict(
            cause=cause,
            reason=reason,
            autoscaler=resource.autoscaler,
            resource=resource.name,
            remedy=remedy,
        )
