"""What a deployment that has nothing to do asks Google Cloud for in a month, at public prices."""

from dataclasses import replace

import pytest

from tests.benchmarks.gcp.cost import month, seconds
from tests.benchmarks.gcp.idle import Idle, idle
from tests.benchmarks.gcp.prices import FREE, FREE_DATABASE, priced

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MOST = 0.45  # dollars a month
CPU = 0.05  # seconds of each tick, whatever this computer needs


@pytest.fixture(scope="module")
def minute() -> Idle:
    return replace(idle(), cpu=CPU)


def test_an_idle_minute_is_eight_calls_of_the_database_and_two_of_compute(minute: Idle) -> None:
    assert minute.calls == {"BatchGetDocuments": 4.0, "Commit": 3.0, "RunQuery": 1.0}
    assert minute.documents == {"deletes": 0.0, "reads": 7.0, "writes": 3.0}
    assert minute.compute == {"instances.aggregatedList": 1.0, "zoneOperations.list": 1.0}
    assert minute.published == 0


def test_an_idle_month_is_within_the_bar_with_what_is_always_free(minute: Idle) -> None:
    used = month(minute)
    assert sum(priced(used, FREE).values()) <= MOST
    assert sum(priced(used, FREE, FREE_DATABASE).values()) == 0


def test_without_what_is_free_it_costs_about_a_dollar(minute: Idle) -> None:
    assert MOST < sum(priced(month(minute)).values()) < 1.1


def test_a_request_is_billed_by_tenths_of_a_second(minute: Idle) -> None:
    assert round(seconds(minute) * 10) == pytest.approx(seconds(minute) * 10)
