"""A launch from its first call to its end: claimed, settled, looked for, closed."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from autoscaler.core import launching
from autoscaler.core.fleet import Offering, Resource
from autoscaler.core.ledger import Launch
from tests.core.make import NOW, ago, launch, minutes, resource, seconds

CLAIM, MARGIN = seconds(75), seconds(180)
CPU, GPU = Offering(type="cpu"), Offering(type="gpu")


def called() -> Launch:
    """The first attempt, called a moment ago."""
    ahead = launching.first_call(launch(), (0, 1), (CPU, GPU), "t1", "s1")
    return launching.claimed(ahead, NOW, CLAIM)


def test_an_attempt_is_written_ahead_of_its_call() -> None:
    row = called()
    assert (row.attempt, row.asked) == (1, ((0, 1),))
    assert (row.offering, row.also) == ("cpu:on-demand", ("gpu:on-demand",))
    assert (row.token, row.request_sha, row.calls) == ("t1", "s1", 1)
    assert row.unsettled
    assert row.claim_until == row.next_check == NOW + CLAIM


def test_the_next_attempt_keeps_what_was_asked_before_and_counts_its_own_calls() -> None:
    row = launching.first_call(launching.settled(called(), NOW, "no"), (1,), [GPU], "t2", "s2")
    assert (row.attempt, row.asked, row.calls) == (2, ((0, 1), (1,)), 0)
    assert (row.offering, row.also) == ("gpu:on-demand", ())
    assert (row.token, row.request_sha) == ("t2", "s2")


def test_a_claim_starts_the_look_again() -> None:
    seen = called().model_copy(update={"look_since": NOW, "not_before": NOW})
    again = launching.claimed(seen, NOW + minutes(2), CLAIM)
    assert (again.look_since, again.not_before, again.calls) == (None, None, 2)
    assert again.claim_until == NOW + minutes(2) + CLAIM


@pytest.mark.parametrize(
    ("refusal", "refused"),
    [
        pytest.param("", (), id="all came"),
        pytest.param("NoCapacity", ("cpu:on-demand: NoCapacity",), id="the cloud said no"),
    ],
)
def test_settled_nothing_of_the_attempt_can_land_any_more(
    refusal: str, refused: tuple[str, ...]
) -> None:
    open_row = launching.answered_known(called()).model_copy(update={"look_since": NOW})
    row = launching.settled(open_row, NOW, refusal)
    assert (row.unsettled, row.known) == (False, False)
    assert (row.claim_until, row.look_since) == (None, None)
    assert (row.next_check, row.refused) == (NOW, refused)


def test_a_throttled_attempt_comes_again_later_with_the_jitter_of_its_launch() -> None:
    row = launching.throttled(called(), NOW, seconds(10))
    assert row == launching.throttled(called(), NOW, seconds(10))
    assert row.not_before is not None
    assert seconds(10) <= row.not_before - NOW < seconds(11)
    assert (row.next_check, row.claim_until, row.unsettled) == (row.not_before, None, True)
    other = called().model_copy(update={"key": "L2"})
    assert launching.throttled(other, NOW, seconds(10)).not_before != row.not_before


def test_a_known_token_is_left_to_the_look() -> None:
    row = launching.answered_known(called())
    assert row.known
    assert row.unsettled


OVER = NOW + CLAIM


@pytest.mark.parametrize(
    ("began", "look_since", "all_bound", "outcome"),
    [
        pytest.param(
            OVER - seconds(1), None, True, "as it was", id="a look during the claim says nothing"
        ),
        pytest.param(OVER, None, True, "looked at", id="the first look after the claim"),
        pytest.param(
            OVER + seconds(179), OVER, True, "as it was", id="the margin is not over yet"
        ),
        pytest.param(
            OVER + MARGIN, OVER, True, "settled", id="one margin between the starts of two looks"
        ),
        pytest.param(
            OVER + MARGIN, OVER, False, "as it was", id="a machine is listed and not bound yet"
        ),
    ],
)
def test_the_look_settles_what_nobody_answered(
    began: datetime, look_since: datetime | None, all_bound: bool, outcome: str
) -> None:
    before = called().model_copy(update={"look_since": look_since})
    after = launching.looked(before, began, MARGIN, all_bound=all_bound)
    expected = {
        "as it was": before,
        "looked at": before.model_copy(update={"look_since": began}),
        "settled": launching.settled(before, began),
    }
    assert after == expected[outcome]


def test_a_settled_launch_is_not_looked_for() -> None:
    row = launching.settled(called(), NOW)
    assert launching.looked(row, OVER, MARGIN, all_bound=True) is row


def test_a_throttled_launch_is_looked_for_although_it_has_no_claim() -> None:
    row = launching.throttled(called(), NOW, minutes(9))
    assert launching.looked(row, NOW, MARGIN, all_bound=True).look_since == NOW


REFUSED = ("cpu: NoCapacity", "gpu: QuotaExceeded")


@pytest.mark.parametrize(
    ("row", "waiting", "offerings", "known", "reason"),
    [
        pytest.param(launch(), 2, [CPU], resource(), None, id="it goes on"),
        pytest.param(
            launch(), 0, [CPU], resource(), "every machine it ordered was launched", id="all came"
        ),
        pytest.param(
            launch(),
            2,
            [CPU],
            None,
            "resource lab/a is no longer in the configuration",
            id="its resource was removed",
        ),
        pytest.param(
            launch(deadline=NOW),
            2,
            [CPU],
            resource(),
            "its deadline passed",
            id="it was never called",
        ),
        pytest.param(
            launch(deadline=NOW, refused=REFUSED),
            2,
            [CPU],
            resource(),
            "its deadline passed (cpu: NoCapacity; gpu: QuotaExceeded)",
            id="its deadline passed, and who said no",
        ),
        pytest.param(
            launch(refused=REFUSED),
            1,
            [],
            resource(),
            "no offering is left (cpu: NoCapacity; gpu: QuotaExceeded)",
            id="everyone said no",
        ),
        pytest.param(
            launch(unsettled=True, deadline=ago(9)),
            0,
            [],
            None,
            None,
            id="unsettled it stays open, whatever else: a machine may still come",
        ),
        pytest.param(
            launch(claim_until=ago(-1), deadline=ago(9)),
            2,
            [CPU],
            resource(),
            None,
            id="nor is it closed under a call",
        ),
    ],
)
def test_why_a_launch_is_closed(
    row: Launch,
    waiting: int,
    offerings: Sequence[Offering],
    known: Resource | None,
    reason: str | None,
) -> None:
    assert launching.closing_reason(row, waiting, offerings, known, NOW) == reason


def test_a_closed_launch_says_when_and_why_and_has_no_appointment() -> None:
    row = launching.closed(launch(next_check=NOW), NOW, "no offering is left")
    assert (row.state, row.closed_at, row.reason) == ("CLOSED", NOW, "no offering is left")
    assert row.next_check is None
