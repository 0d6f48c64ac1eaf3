"""What every store needs to know of rows."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from autoscaler.core.ledger import Event, Instance, Launch
from autoscaler.core.past import check_size, recorded_at, subject
from tests.core.make import NOW, ago, instance, launch

TOLD = Event(
    key="e", at=NOW, autoscaler="lab", subject="L1.0", event="UP", reason="because", by="poller"
)
ROW = instance(key="L1.0", moved_at=ago(3))


@pytest.mark.parametrize(
    ("row", "at"),
    [
        pytest.param(TOLD, NOW, id="an event: when it happened"),
        pytest.param(
            ROW.model_copy(update={"gone_at": ago(2)}), ago(2), id="an instance: its end"
        ),
        pytest.param(ROW, ago(3), id="or its last move"),
        pytest.param(launch(closed_at=ago(1)), ago(1), id="a launch: its closing"),
        pytest.param(launch(requested_at=ago(9)), ago(9), id="or its beginning"),
    ],
)
def test_the_place_of_a_row_in_the_history(row: Event | Instance | Launch, at: datetime) -> None:
    assert recorded_at(row) == at


@pytest.mark.parametrize(
    ("row", "whom"),
    [
        pytest.param(TOLD, "L1.0", id="an event is about its subject"),
        pytest.param(ROW, "L1.0", id="an instance is about itself"),
        pytest.param(launch(), "L1", id="a launch is about itself"),
    ],
)
def test_whom_a_row_is_about(row: Event | Instance | Launch, whom: str) -> None:
    assert subject(row) == whom


def test_a_commit_within_the_limit_is_fine() -> None:
    check_size(3, [ROW, launch()], [ROW])


@pytest.mark.parametrize(
    ("rows", "record", "problem"),
    [
        pytest.param([ROW, launch()], [TOLD, ROW], "4 rows in a commit of at most 3", id="large"),
        pytest.param([ROW, ROW], [], "one commit names a row twice", id="a row twice"),
        pytest.param([], [TOLD, TOLD], "one commit names a row twice", id="an event twice"),
    ],
)
def test_a_commit_that_no_store_takes(
    rows: Sequence[Instance | Launch], record: Sequence[Event | Instance], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        check_size(3, rows, record)
