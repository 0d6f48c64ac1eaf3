"""What a listing of machines says of a row: bound, missing, gone."""

from datetime import datetime

import pytest

from autoscaler.core import facts
from autoscaler.core.ledger import Phase
from tests.core.make import NOW, ago, instance, machine, minutes, seconds

MARGIN = seconds(180)


@pytest.mark.parametrize(
    ("phase", "launched_at", "reason"),
    [
        pytest.param(Phase.REQUESTED, ago(1), "launched: i-1", id="a row that waited for it"),
        pytest.param(Phase.REQUESTED, None, "launched: i-1", id="the cloud tells no launch time"),
        pytest.param(
            Phase.GONE,
            ago(1),
            "found alive after it was given up: i-1",
            id="a row whose machine was told wrongly gone",
        ),
    ],
)
def test_bind(phase: Phase, launched_at: datetime | None, reason: str) -> None:
    row = instance(phase=phase, missing_since=ago(5), gone_at=ago(2))
    found = machine(
        launched_at=launched_at, type="cpu", zone="z", market="spot", attempt=2, worker="lab:i-1"
    )
    bound = facts.bind(row, found, minutes(30), NOW, hourly_price=0.5)
    assert (bound.phase, bound.reason) == (Phase.BOOTING, reason)
    assert (bound.instance_id, bound.attempt, bound.worker) == ("i-1", 2, "lab:i-1")
    assert (bound.type, bound.zone, bound.market) == ("cpu", "z", "spot")
    assert bound.hourly_price == 0.5
    assert bound.launched_at == (launched_at or NOW)
    assert bound.boot_deadline == bound.next_check == NOW + minutes(30)
    assert (bound.missing_since, bound.gone_at) == (None, None)


def test_a_machine_that_is_found_alive_is_ended_for_no_reason_of_the_past() -> None:
    row = instance(phase=Phase.GONE, forced=True, requeue=True, settled=True, lost=("t",))
    bound = facts.bind(row, machine(), minutes(30), NOW)
    assert (bound.forced, bound.requeue, bound.settled, bound.lost) == (False, False, False, ())


def test_a_row_keeps_its_price_when_nobody_knows_better() -> None:
    row = instance(phase=Phase.REQUESTED, hourly_price=2.0)
    assert facts.bind(row, machine(), minutes(30), NOW).hourly_price == 2.0


HAS_MACHINE = [Phase.BOOTING, Phase.UP, Phase.DRAINING, Phase.TERMINATING]


@pytest.mark.parametrize("phase", HAS_MACHINE)
@pytest.mark.parametrize(
    ("since", "after", "missing_since"),
    [
        pytest.param(None, None, NOW, id="not listed: from now on it is missing"),
        pytest.param(NOW - seconds(179), None, NOW - seconds(179), id="missing within the margin"),
        pytest.param(NOW - seconds(180), "GONE", NOW - seconds(180), id="missing for the margin"),
    ],
)
def test_absence_needs_time(
    phase: Phase, since: datetime | None, after: str | None, missing_since: datetime
) -> None:
    row = instance(phase=phase, missing_since=since, idle_since=ago(9))
    seen = facts.machine_fact(row, None, MARGIN, NOW)
    assert seen.phase == (after or phase)
    assert seen.missing_since == missing_since
    if after:
        assert (seen.gone_at, seen.idle_since) == (NOW, None)
        assert seen.reason == "not listed for 3 min"


@pytest.mark.parametrize("phase", [Phase.REQUESTED, Phase.GONE])
def test_a_row_without_a_machine_misses_none(phase: Phase) -> None:
    row = instance(phase=phase)
    assert facts.machine_fact(row, None, MARGIN, NOW) is row


@pytest.mark.parametrize("state", ["living", "stopping"])
def test_a_machine_that_is_listed_is_not_missing(state: str) -> None:
    row = instance(missing_since=ago(2))
    assert facts.machine_fact(row, machine(state=state), MARGIN, NOW).missing_since is None
    found = instance()
    assert facts.machine_fact(found, machine(state=state), MARGIN, NOW) is found


@pytest.mark.parametrize(
    ("phase", "drain_reason", "detail", "reason"),
    [
        pytest.param(Phase.UP, "", "reclaimed", "reclaimed", id="it was reclaimed"),
        pytest.param(Phase.UP, "", "", "the machine ended", id="nobody says how it ended"),
        pytest.param(
            Phase.UP, "idle", "reclaimed", "reclaimed", id="an earlier drain has no part in it"
        ),
        pytest.param(
            Phase.DRAINING, "idle", "powered off", "idle; powered off", id="it was drained"
        ),
        pytest.param(
            Phase.TERMINATING, "by ann", "", "by ann; the machine ended", id="it was terminated"
        ),
        pytest.param(
            Phase.TERMINATING, "", "terminated", "terminated", id="terminated, and nobody said why"
        ),
    ],
)
def test_a_terminated_record_is_proof(
    phase: Phase, drain_reason: str, detail: str, reason: str
) -> None:
    row = instance(phase=phase, drain_reason=drain_reason)
    seen = facts.machine_fact(row, machine(state="gone", detail=detail), MARGIN, NOW)
    assert (seen.phase, seen.reason, seen.gone_at) == (Phase.GONE, reason, NOW)
