"""What a person should be told without asking: each thing once, when it begins."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from autoscaler.core.fleet import Deployment
from autoscaler.core.limits import TRIPPED_AFTER
from autoscaler.core.money import budgets
from autoscaler.core.periods import Period
from autoscaler.core.purses import Purse, called, purses
from autoscaler.core.seen import Snapshot
from autoscaler.core.value import Value
from autoscaler.core.words import amount, many

_ALMOST = 0.8
_A_WHILE = timedelta(days=1)
_WHAT_NOW = {
    "finish": "nothing is started, idle machines go",
    "requeue": "nothing is started, machines stop, their tasks go back to their queues",
}


class Notice(Value):
    """One thing to be told. `key` is the same for as long as it lasts, and for nothing else.

    It is told once, and again only when it has ended, not before `until`, and begun anew.
    """

    kind: Literal[
        "breaker", "budget", "adopted", "foreign", "twice", "configuration", "dead-letter"
    ]
    key: str
    subject: str
    text: str
    at: datetime
    until: datetime | None = None


def notices(deployment: Deployment, seen: Snapshot) -> list[Notice]:
    """All that is so now and worth telling, told before or not."""
    return [
        *_breakers(seen),
        *_budgets(deployment, seen),
        *_adopted(seen),
        *_foreign(seen),
        *_twice(seen),
        *_configuration(deployment, seen),
    ]


def dead_letter(kind: str, id: str, reason: str, now: datetime) -> Notice:
    """A message that nobody will handle any more."""
    return Notice(
        kind="dead-letter",
        key=f"dead-letter:{kind}:{id}:{now.isoformat()}",
        subject=id,
        text=f"a {kind} message for {id} was given up, the next tick sends another: {reason}",
        at=now,
    )


def _breakers(seen: Snapshot) -> Iterator[Notice]:
    for breaker in seen.breakers:
        if breaker.failures >= TRIPPED_AFTER:
            boots = many(breaker.failures, "boot")
            text = f"the last {boots} of {breaker.key} failed, no more are started for a while"
            yield Notice(
                kind="breaker",
                key=f"breaker:{breaker.key}",
                subject=breaker.key,
                text=f"{text}: {breaker.reason}",
                at=seen.now,
            )


def _budgets(deployment: Deployment, seen: Snapshot) -> Iterator[Notice]:
    limited = budgets(deployment)
    if not limited:
        return
    rows = [*(each.instance for each in seen.supply), *seen.ended]
    for purse in purses(deployment, rows, seen.spend, seen.now):
        if purse.limit is None or purse.period == Period.HOUR:
            continue  # an hour's limit is reached as a maximum is: that is no news
        if purse.spent >= _ALMOST * purse.limit:
            yield _budget(deployment, purse, "80", "80 % is spent", seen.now)
        if purse.used >= purse.limit:
            words = f"all is spent or committed: {_WHAT_NOW[limited[purse.scope].on_budget]}"
            yield _budget(deployment, purse, "100", words, seen.now)


def _budget(deployment: Deployment, purse: Purse, mark: str, words: str, now: datetime) -> Notice:
    whose = called(deployment, purse.scope)
    sums = f"{amount(purse.spent)} and {amount(purse.committed)} of {amount(purse.limit or 0)}"
    return Notice(
        kind="budget",
        key=f"budget:{purse.scope}:{purse.period}:{purse.ends.isoformat()}:{mark}",
        subject=purse.scope,
        text=f"budget of {whose} for this {purse.period}: {words} ({sums})",
        at=now,
        until=purse.ends,
    )


def _adopted(seen: Snapshot) -> Iterator[Notice]:
    for each in seen.supply:
        row = each.instance
        if row.key == row.instance_id:  # every other row is named by the launch that ordered it
            yield Notice(
                kind="adopted",
                key=f"adopted:{row.key}",
                subject=row.key,
                text=f"machine {row.key} of {row.resource_key} lived without a row: adopted",
                at=seen.now,
            )


def _foreign(seen: Snapshot) -> Iterator[Notice]:
    for instance_id in seen.foreign:
        yield Notice(
            kind="foreign",
            key=f"foreign:{instance_id}",
            subject=instance_id,
            text=f"machine {instance_id} carries our tags, but we did not start it: left alone",
            at=seen.now,
            until=seen.now + _A_WHILE,  # a list may leave it out now and then
        )


def _twice(seen: Snapshot) -> Iterator[Notice]:
    for task, workers in seen.twice.items():
        yield Notice(
            kind="twice",
            key=f"twice:{task}",
            subject=task,
            text=f"task {task} is executed by {len(workers)} workers: {', '.join(workers)}",
            at=seen.now,
        )


def _configuration(deployment: Deployment, seen: Snapshot) -> Iterator[Notice]:
    if seen.config_problem:
        kept = "nothing more is started or stopped" if seen.held else "the last good one counts"
        yield Notice(
            kind="configuration",
            key="configuration",
            subject=deployment.name,
            text=f"the configuration cannot be used, {kept}: {seen.config_problem}",
            at=seen.now,
        )
