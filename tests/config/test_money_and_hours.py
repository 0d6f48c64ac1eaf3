"""Budgets and schedules, as they are written and as the core gets them."""

from datetime import time

import pytest

from autoscaler.config import parse, render
from autoscaler.core.fleet import Budget, Hours
from autoscaler.errors import Problem
from tests.config.example import SOUND, edited, problems

PREFIX = "workers_prefix: dynamic_team"
MOST = "max_instances: 3"
EVERY_DAY = frozenset(range(7))


def top(line: str) -> str:
    return edited("deployment: lab", line)


def of_autoscaler(line: str) -> str:
    return edited(PREFIX, line)


def of_resource(line: str) -> str:
    return edited(MOST, f"{MOST}\n        {line}")


def test_budgets_of_everything_an_autoscaler_and_a_queue() -> None:
    text = top(
        "budget: {hour: 12, day: 100.5, allow_unknown_prices: true}\n"
        "queue_budgets: [{name: cpu, day: 4, on_budget: requeue}]\ntimezone: Europe/Berlin"
    ).replace(PREFIX, "budget: {month: 0}")

    found = parse(text).deployment()

    assert found.budget == Budget(hour=12, day=100.5, allow_unknown_prices=True)
    assert found.autoscalers[0].budget == Budget(month=0)
    assert found.queue_budgets == {"cpu": Budget(day=4, on_budget="requeue")}
    assert found.timezone == "Europe/Berlin"


def test_none_is_written_none_is_there() -> None:
    found = parse(SOUND).deployment()

    assert (found.budget, found.queue_budgets, found.timezone) == (None, {}, "UTC")
    assert (found.autoscalers[0].budget, found.autoscalers[0].schedule) == (None, ())
    assert found.resources[0].schedule == ()


@pytest.mark.parametrize(
    ("line", "hours"),
    [
        pytest.param(
            "schedule: [{days: mon-fri, from: 8:00, to: '20:30', min_instances: 1}]",
            Hours(
                days=frozenset(range(5)),
                begin=time(8),
                end=time(20, 30),
                timezone="UTC",
                min_instances=1,
            ),
            id="working hours",
        ),
        pytest.param(
            "schedule: [{days: 'Saturday, SUN', timezone: Asia/Tokyo, max_instances: 0}]",
            Hours(
                days=frozenset({5, 6}),
                begin=time(0),
                end=time(0),
                timezone="Asia/Tokyo",
                max_instances=0,
            ),
            id="whole days, in a zone of their own",
        ),
        pytest.param(
            "schedule: [{days: 'sat-mon,wed', from: 22:00, to: 24:00, freeze: true}]",
            Hours(
                days=frozenset({5, 6, 0, 2}),
                begin=time(22),
                end=time(0),
                timezone="UTC",
                freeze=True,
            ),
            id="a range over Sunday, until midnight",
        ),
    ],
)
def test_hours(line: str, hours: Hours) -> None:
    config = parse(of_resource(line))

    assert config.deployment().resources[0].schedule == (hours,)
    assert parse(render(config)) == config


def test_hours_without_a_zone_are_those_of_the_deployment() -> None:
    text = top("timezone: Europe/Berlin").replace(PREFIX, "schedule: [{max_instances: 2}]")

    (found,) = parse(text).deployment().autoscalers[0].schedule

    assert found == Hours(
        days=EVERY_DAY, begin=time(0), end=time(0), timezone="Europe/Berlin", max_instances=2
    )


def test_neither_money_nor_hours_shape_a_machine() -> None:
    plain = parse(SOUND).deployment().resources[0].config_hash
    scheduled = of_resource("schedule: [{max_instances: 1}]")
    assert parse(scheduled).deployment().resources[0].config_hash == plain


BUDGET, AUTOSCALER = "budget", "autoscalers[0]"
RESOURCE = f"{AUTOSCALER}.resources[0]"
HOURS = f"{RESOURCE}.schedule[0]"


@pytest.mark.parametrize(
    ("text", "field", "value", "remedy"),
    [
        pytest.param(
            top("budget: {on_budget: finish}"),
            "budget (line 1)",
            "",
            "limits nothing: write hour, day or month",
            id="a budget without a limit",
        ),
        pytest.param(
            top("budget: {day: 5, on_budget: reque}"),
            "budget.on_budget (line 1)",
            "reque",
            "did you mean requeue? It is one of: finish, requeue",
            id="tasks finish, or go back to their queue",
        ),
        pytest.param(
            top("budget: {day: -1}"),
            "budget.day (line 1)",
            "-1",
            "at least 0",
            id="less than none",
        ),
        pytest.param(
            top("budget: {week: 5}"),
            "budget.week (line 1)",
            "",
            "unknown key; known here: hour, day, month, on_budget, allow_unknown_prices",
            id="there is no week",
        ),
        pytest.param(
            top("day: 5"),
            "day (line 1)",
            "",
            "belongs under budget or to a queue's budget",
            id="a limit outside its budget",
        ),
        pytest.param(
            top("queue_budgets: [{name: gpu, day: 1}]"),
            "queue_budgets[0].name (line 1)",
            "gpu",
            "no resource serves this queue: name it as its resources do",
            id="a budget of a queue that nobody serves",
        ),
        pytest.param(
            top("queue_budgets: [{name: cpu, day: 1}, {name: cpu, day: 2}]"),
            "queue_budgets[1].name (line 1)",
            "cpu",
            "two budgets of one queue: queue_budgets[0] has it already",
            id="two budgets of one queue",
        ),
        pytest.param(
            top("timezone: Europe/Berln"),
            "timezone (line 1)",
            "Europe/Berln",
            "no such time zone: did you mean Europe/Berlin?",
            id="a slip of the pen in a zone",
        ),
        pytest.param(
            top("timezone: ../etc"),
            "timezone (line 1)",
            "../etc",
            "no such time zone, like Europe/Berlin",
            id="what is no zone at all",
        ),
        pytest.param(
            top("webhook: https://hooks.slack.com/services/T/B/X"),
            "webhook (line 1)",
            "",
            "a secret is named here, never written: env:NAME, file:/path, ssm:/path, "
            "secretsmanager:name or gcp-secret:name",
            id="a webhook's address is a secret",
        ),
        pytest.param(
            of_resource("schedule: [{days: weekend, max_instances: 0}]"),
            f"{HOURS}.days (line 12)",
            "weekend",
            "write days like mon-fri, or sat,sun",
            id="no days",
        ),
        pytest.param(
            of_resource("schedule: [{from: 8, max_instances: 0}]"),
            f"{HOURS}.from (line 12)",
            "8",
            "write the minutes too: 8:00",
            id="an hour without its minutes",
        ),
        pytest.param(
            of_resource("schedule: [{to: 24:30, max_instances: 0}]"),
            f"{HOURS}.to (line 12)",
            "24:30",
            "the day ends at 24:00",
            id="later than the day is long",
        ),
        pytest.param(
            of_resource("schedule: [{to: 8pm, max_instances: 0}]"),
            f"{HOURS}.to (line 12)",
            "8pm",
            "write a time of the day, like 08:00",
            id="no time of the day",
        ),
        pytest.param(
            of_resource("schedule: [{to: true, max_instances: 0}]"),
            f"{HOURS}.to (line 12)",
            "true",
            'put it in quotes, so that it is text: "true"',
            id="no text",
        ),
        pytest.param(
            of_resource("schedule: [{days: mon-fri}]"),
            f"{HOURS} (line 12)",
            "",
            "changes nothing: write max_instances, freeze or min_instances",
            id="hours that change nothing",
        ),
        pytest.param(
            of_autoscaler("schedule: [{min_instances: 2}]"),
            f"{AUTOSCALER}.schedule[0].min_instances (line 6)",
            "",
            "belongs to a resource or under a resource's schedule",
            id="an autoscaler has no minimum",
        ),
        pytest.param(
            of_resource("schedule: [{min_instances: 4}]"),
            f"{HOURS}.min_instances (line 12)",
            "4",
            "more than max_instances (3): lower this, or raise that",
            id="a minimum above the resource's maximum",
        ),
        pytest.param(
            of_resource("schedule: [{min_instances: 2, max_instances: 1}]"),
            f"{HOURS}.min_instances (line 12)",
            "2",
            "more than max_instances (1): lower this, or raise that",
            id="a minimum above the maximum of the same hours",
        ),
    ],
)
def test_mistakes(text: str, field: str, value: str, remedy: str) -> None:
    assert problems(text) == [Problem(field, value, remedy)]
