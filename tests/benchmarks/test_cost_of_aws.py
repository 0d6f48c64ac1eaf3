"""What a deployment that has nothing to do asks AWS for in a month, at public prices."""

import pytest

from infra.package.errors import PackagingError
from tests.benchmarks.aws.cost import Story, story, used
from tests.benchmarks.aws.prices import IDLE_RECEIVES, MINUTES, priced
from tests.real import dynamodb_local

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MOST = 0.45  # dollars a month
A_SECOND = 1.0  # for each invocation, whatever this computer needs


@pytest.fixture(scope="module")
def told() -> Story:
    if why := dynamodb_local.missing():
        pytest.skip(why)
    try:
        return story()
    except PackagingError as error:
        pytest.skip(f"the functions cannot be packaged here: {error}")


def test_an_idle_minute_is_one_invocation_and_nine_requests_of_the_table(told: Story) -> None:
    assert {name for name, _ in told.idle} == {"poller"}
    _, cost = told.idle[0]
    assert cost.calls == {
        "dynamodb:GetItem": 2,  # the fence, and whether prices have been looked up anew
        "dynamodb:PutItem": 3,
        "dynamodb:Query": 4,
        "ec2:DescribeInstances": 1,
    }
    assert tuple(cost.units) == (6, 3)


def test_an_idle_month_is_within_the_bar_with_what_is_always_free(told: Story) -> None:
    assert sum(priced(_month(told), free=True).values()) <= MOST


def test_without_what_is_free_idle_queues_alone_cost_more_than_the_bar(told: Story) -> None:
    prices = priced(_month(told), free=False)
    queues = prices.pop("sqs requests")
    assert sum(prices.values()) < MOST < queues


def test_a_machine_costs_a_cent_an_hour_and_next_to_nothing_beside(told: Story) -> None:
    looking = 0.012 / 60 * told.minutes
    assert sum(priced(told.machine(), free=False).values()) < looking + 0.0002
    assert {name for name, _ in told.life} == {"poller", "launcher", "reaper", "watcher"}


def _month(told: Story) -> dict[str, float]:
    minutes = used(told.idle, lambda *_: A_SECOND)
    month = {name: amount * MINUTES / len(told.idle) for name, amount in minutes.items()}
    return {**month, "sqs requests": 2 * IDLE_RECEIVES * MINUTES}
