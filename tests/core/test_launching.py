"""What may be asked of the cloud for a launch, and with which words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.core import launching
from autoscaler.core.ledger import Instance, Launch, Phase
from tests.core.make import NOW, ago, instance, launch, machine


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        pytest.param(launch(), None, id="an open launch may be called"),
        pytest.param(launch(unsettled=True), None, id="an unsettled one may be called again"),
        pytest.param(launch(claim_until=NOW), None, id="when its claim has run out"),
        pytest.param(launch(not_before=NOW), None, id="when it is due"),
        pytest.param(launch(state="CLOSED"), "it is closed", id="a closed one may not"),
        pytest.param(
            launch(claim_until=ago(-1)),
            "another call may still be under way",
            id="a claimed one may not",
        ),
        pytest.param(launch(not_before=ago(-1)), "it is not due yet", id="a throttled one waits"),
        pytest.param(launch(deadline=NOW), "its deadline has passed", id="its time is over"),
        pytest.param(
            launch(known=True),
            "its token was used; its machines are looked for",
            id="a token that was used is never sent again",
        ),
        pytest.param(
            launch(state="CLOSED", claim_until=ago(-1), known=True),
            "it is closed",
            id="the last word comes first",
        ),
    ],
)
def test_whether_the_cloud_may_be_called(order: Launch, reason: str | None) -> None:
    assert launching.not_callable(order, NOW) == reason


names = st.text(min_size=1, max_size=20)


@given(names, names, st.integers(1, 99))
def test_a_token_is_the_same_whoever_makes_it(deployment: str, key: str, attempt: int) -> None:
    token = launching.token(deployment, key, attempt)
    assert token == launching.token(deployment, key, attempt)
    assert token not in {
        launching.token(deployment, key, attempt + 1),
        launching.token(deployment, key + "x", attempt),
        launching.token(deployment + "x", key, attempt),
    }
    assert len(token) == 32
    assert set(token) <= set("0123456789abcdef")


def test_a_token_never_changes_between_releases() -> None:
    assert launching.token("test", "L1", 1) == "d582521c4b1eff6800f6415d10bacf6c"


@pytest.mark.parametrize(
    ("token", "ours"),
    [
        pytest.param(launching.token("test", "L1", 1), True, id="its own token"),
        pytest.param(launching.token("test", "L1", 2), False, id="another attempt's"),
        pytest.param(launching.token("other", "L1", 1), False, id="another deployment's"),
        pytest.param("", False, id="none: somebody copied our tags"),
    ],
)
def test_a_machine_is_ours_by_its_token(token: str, ours: bool) -> None:
    assert launching.is_ours("test", machine(token=token)) is ours


def test_the_rows_that_wait_are_those_of_the_launch_without_a_machine() -> None:
    rows: list[Instance] = [
        instance(phase=Phase.REQUESTED, index=2),
        instance(phase=Phase.REQUESTED, index=0),
        instance(phase=Phase.BOOTING, index=1),
        instance(phase=Phase.REQUESTED, index=3, launch="L2"),
    ]
    assert launching.waiting_indexes(launch(), rows) == (0, 2)


ASKED = launch(asked=((0, 1, 2), (1, 2)))


@pytest.mark.parametrize(
    ("attempt", "position", "key"),
    [
        pytest.param(1, 0, "L1.0", id="the first that the first attempt asked for"),
        pytest.param(1, 2, "L1.2", id="the last that it asked for"),
        pytest.param(2, 0, "L1.1", id="the first that the second attempt asked for"),
        pytest.param(2, 1, "L1.2", id="its second"),
        pytest.param(2, 2, None, id="one more than it asked for"),
        pytest.param(1, -1, None, id="a position below zero"),
        pytest.param(3, 0, None, id="an attempt that was never made"),
        pytest.param(0, 0, None, id="an attempt before the first"),
    ],
)
def test_the_row_of_a_machine(attempt: int, position: int, key: str | None) -> None:
    found = machine(attempt=attempt, position=position)
    assert launching.row_key(ASKED, found) == key
