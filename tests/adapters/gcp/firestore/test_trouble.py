"""What comes of answers that get lost, and of others who write the same rows."""

import pytest
from grpc import StatusCode

from autoscaler.adapters.gcp.firestore import Database, FirestoreState
from autoscaler.core.ledger import Row
from autoscaler.errors import StaleWriteError, UnavailableError
from tests.adapters.gcp.firestore.opened import behind, opened
from tests.adapters.gcp.gateway import Gateway, Lost, Said
from tests.contracts.state_rows import event, fence, instance, launch

BUSY = Said(StatusCode.ABORTED, "Too much contention on these documents.")
EXHAUSTED = Said(StatusCode.RESOURCE_EXHAUSTED, "Quota exceeded.")
GONE = Said(StatusCode.UNAVAILABLE, "failed to connect to all addresses")
SLOW = Said(StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def state(
    address: str, database: Database, gateway: Gateway, pauses: list[float]
) -> FirestoreState:
    return behind(gateway.channel, address, database, pause=pauses.append)


def commits(gateway: Gateway) -> int:
    return gateway.heard.count("Commit")


# --- answers that get lost ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("put", "remove"),
    [
        pytest.param([fence(gen=1, revision=1)], [], id="a put"),
        pytest.param([fence("new")], [], id="a new row"),
        pytest.param([], [fence(revision=1)], id="a removal"),
        pytest.param([fence("new"), fence(gen=1, revision=1)], [], id="several"),
    ],
)
def test_a_write_whose_answer_was_lost_is_never_told_to_be_stale(
    state: FirestoreState, gateway: Gateway, put: list[Row], remove: list[Row]
) -> None:
    state.commit(put=[fence()])
    looks = any(row.revision for row in (*put, *remove))
    gateway.script = [None, "lost"] if looks else ["lost"]
    with pytest.raises(UnavailableError, match="whether it was written is not known"):
        state.commit(put=put, remove=remove)
    assert commits(gateway) == 3


def test_a_commit_that_was_not_carried_out_is_sent_again(
    state: FirestoreState, gateway: Gateway, pauses: list[float]
) -> None:
    gateway.script = [GONE, BUSY, GONE]
    state.commit(put=[fence("a"), fence("b")], record=[event()])
    assert [row.revision for row in state.live()] == [1, 1]
    assert len(pauses) == 3


def test_a_history_whose_answer_was_lost_is_written_once(
    state: FirestoreState, gateway: Gateway
) -> None:
    gateway.script = ["lost"]
    state.commit(record=[event()])
    assert state.history() == [event()]


def test_a_write_in_doubt_that_is_refused_then_is_not_known_to_be_stale(
    state: FirestoreState, gateway: Gateway
) -> None:
    gateway.script = ["lost", BUSY]
    with pytest.raises(UnavailableError, match="whether it was written is not known"):
        state.commit(put=[fence()])


@pytest.mark.parametrize(
    ("script", "sent"),
    [
        pytest.param([GONE] * 9, 3, id="nobody there"),
        pytest.param([SLOW], 1, id="no answer in time"),
        pytest.param([GONE, SLOW], 2, id="no answer at last"),
    ],
)
def test_an_unanswered_commit_is_unavailable(
    state: FirestoreState, gateway: Gateway, script: list[Lost | Said | None], sent: int
) -> None:
    gateway.script = [*script]
    with pytest.raises(UnavailableError, match=r"Commit: (ServiceUnavailable|DeadlineExceeded)"):
        state.commit(put=[fence()])
    assert commits(gateway) == sent


@pytest.mark.parametrize("said", [BUSY, EXHAUSTED, GONE, SLOW, "lost"], ids=str)
def test_what_only_reads_is_asked_again(
    state: FirestoreState, gateway: Gateway, pauses: list[float], said: Lost | Said
) -> None:
    state.commit(put=[fence()], record=[event()])
    for read in (state.live, state.history, lambda: state.read(fence().ref)):
        gateway.script = [said, said]
        assert read()
    assert pauses == [0.1, 0.4] * 3


def test_what_is_never_answered_is_given_up(state: FirestoreState, gateway: Gateway) -> None:
    gateway.script = [GONE] * 9
    with pytest.raises(UnavailableError, match="RunQuery: ServiceUnavailable: failed to connect"):
        state.live()
    assert len(gateway.heard) == 3


# --- conflicts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [BUSY, EXHAUSTED], ids=str)
def test_what_it_is_too_busy_for_is_sent_again(
    state: FirestoreState, gateway: Gateway, pauses: list[float], said: Said
) -> None:
    gateway.script = [said, said]
    state.commit(put=[fence()])
    assert [row.revision for row in state.live()] == [1]
    assert len(pauses) == 2


def test_a_lasting_conflict_is_unavailable(
    state: FirestoreState, gateway: Gateway, pauses: list[float]
) -> None:
    gateway.script = [BUSY] * 50
    with pytest.raises(UnavailableError, match="others keep writing the same rows"):
        state.commit(put=[fence()])
    assert commits(gateway) == len(pauses) + 1
    assert pauses == [0.02, 0.05, 0.1, 0.2, 0.4, 0.8]


@pytest.mark.parametrize(
    ("put", "remove", "named"),
    [
        pytest.param([fence("a"), fence("b", revision=4)], [], r"fence/b", id="another revision"),
        pytest.param([fence("b")], [instance(), launch()], r"launch/L1$", id="not there"),
        pytest.param([fence("a"), fence("b")], [], r"fence:a, fence:b", id="there already"),
    ],
)
def test_the_rows_are_named_that_may_be_stale(
    state: FirestoreState, put: list[Row], remove: list[Row], named: str
) -> None:
    state.commit(put=[fence("a")])
    with pytest.raises(StaleWriteError, match=f"that was read: .*{named}"):
        state.commit(put=put, remove=remove)


def test_a_row_that_moves_on_between_look_and_write_is_stale(
    address: str, database: Database
) -> None:
    """The look that a commit begins with decides nothing: the write is refused."""
    other = opened(address, database)
    other.commit(put=[fence("a"), fence("b")])

    class Meanwhile(Gateway):
        def _step(self, details: object) -> Lost | Said | None:
            if super()._step(details) is None and self.heard[-1] == "Commit":
                other.commit(put=[fence("b", gen=9, revision=1)])
            return None

    state = behind(Meanwhile().channel, address, database)
    with pytest.raises(StaleWriteError, match="fence:a, fence:b"):
        state.commit(put=[fence("a", gen=1, revision=1), fence("b", gen=1, revision=1)])
    assert [*other.live()] == [fence("a", revision=1), fence("b", gen=9, revision=2)]


def test_a_row_that_was_made_anew_meanwhile_is_stale(address: str, database: Database) -> None:
    """It is at the same revision, and another row all the same."""
    other = opened(address, database)
    other.commit(put=[fence(gen=1)])

    class Meanwhile(Gateway):
        def _step(self, details: object) -> Lost | Said | None:
            if super()._step(details) is None and self.heard[-1] == "Commit":
                other.commit(remove=[fence(revision=1)])
                other.commit(put=[fence(gen=2)])
            return None

    state = behind(Meanwhile().channel, address, database)
    with pytest.raises(StaleWriteError, match="fence:lab"):
        state.commit(put=[fence(gen=3, revision=1)])
    assert [*other.live()] == [fence(gen=2, revision=1)]
