"""What a cloud says of machines that it is about to take back: what is noted, and how long."""

from datetime import datetime

import pytest

from autoscaler.core import reclaim
from autoscaler.core.ledger import Phase
from tests.core.make import NOW, ago, instance, minutes, seconds

SOON = NOW + minutes(2)


@pytest.mark.parametrize(
    ("phase", "noted"),
    [(phase, phase not in (Phase.REQUESTED, Phase.GONE)) for phase in Phase],
)
def test_a_notice_is_noted_only_while_there_is_a_machine(phase: Phase, *, noted: bool) -> None:
    row = reclaim.noticed(instance(phase=phase), SOON, "spot interruption", NOW)
    assert row.reclaim_at == (SOON if noted else None)
    assert row.phase == phase


def test_the_reason_says_when_and_in_the_cloud_s_own_words() -> None:
    row = reclaim.noticed(instance(), SOON, "spot interruption", NOW)
    assert row.reason == "its cloud takes it back at 12:02:00 (spot interruption)"
    assert reclaim.noticed(instance(), SOON, "", NOW).reason == reclaim.why(SOON)


@pytest.mark.parametrize(
    ("at", "noted"),
    [
        pytest.param(SOON, True, id="in two minutes"),
        pytest.param(ago(14.9), True, id="late, and the machine may still end"),
        pytest.param(ago(15), False, id="so late that it was wrong"),
        pytest.param(NOW + minutes(60), True, id="in an hour"),
        pytest.param(NOW + minutes(60) + seconds(1), False, id="too far off to matter yet"),
    ],
)
def test_a_notice_is_noted_only_in_its_time(at: datetime, *, noted: bool) -> None:
    assert (reclaim.noticed(instance(), at, "", NOW).reclaim_at == at) == noted


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(ago(1), ago(1), id="noted already"),
        pytest.param(ago(15), SOON, id="the first one was wrong, this one is new"),
    ],
)
def test_a_notice_is_noted_once(before: datetime, after: datetime) -> None:
    row = instance(reclaim_at=before)
    assert reclaim.noticed(row, SOON, "", NOW).reclaim_at == after


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        pytest.param(None, False, id="nothing was said"),
        pytest.param(SOON, True, id="before its time"),
        pytest.param(ago(14.9), True, id="a little behind it"),
        pytest.param(ago(15), False, id="a quarter of an hour behind it"),
    ],
)
def test_a_machine_that_outlives_its_notice_is_as_any_other(
    at: datetime | None, *, counts: bool
) -> None:
    assert reclaim.reclaimed(instance(reclaim_at=at), NOW) == counts
