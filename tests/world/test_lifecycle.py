"""The status machine, row by row as the real server has it."""

from __future__ import annotations

import pytest

from autoscaler.world.clearml import RefusedError, Status
from autoscaler.world.clearml.lifecycle import check_move

MAY_FOLLOW = {
    "created": "queued in_progress",
    "queued": "created in_progress stopped",
    "in_progress": "stopped failed created completed",
    "stopped": "queued in_progress created failed completed published",
    "failed": "queued created stopped",
    "completed": "in_progress created published",
    "published": "",
}
PAIRS = [(old, new) for old in Status for new in Status if old is not new]
ALLOWED = [(old, new) for old, new in PAIRS if new in MAY_FOLLOW[old].split()]
FORBIDDEN = [pair for pair in PAIRS if pair not in ALLOWED]


@pytest.mark.parametrize(
    ("old", "new"), [pytest.param(*pair, id=f"{pair[0]} to {pair[1]}") for pair in ALLOWED]
)
def test_it_allows(old: Status, new: Status) -> None:
    check_move(old, new, force=False)


@pytest.mark.parametrize(
    ("old", "new"), [pytest.param(*pair, id=f"{pair[0]} to {pair[1]}") for pair in FORBIDDEN]
)
def test_it_forbids_unless_forced(old: Status, new: Status) -> None:
    with pytest.raises(RefusedError) as refused:
        check_move(old, new, force=False)

    assert (refused.value.status, refused.value.subcode) == (400, 110)
    check_move(old, new, force=True)


@pytest.mark.parametrize("status", list(Status))
def test_to_stay_is_allowed(status: Status) -> None:
    check_move(status, status, force=False)
