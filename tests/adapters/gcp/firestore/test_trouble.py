"""What comes of answers that get lost, of conflicts, of refusals: told with place and remedy."""

from collections.abc import Callable

import pytest
from grpc import StatusCode

from autoscaler.adapters.gcp.firestore import Database, FirestoreState
from autoscaler.core.ledger import Row
from autoscaler.errors import ConfigError, CredentialsError, StaleWriteError, UnavailableError
from tests.adapters.gcp.firestore.opened import behind, opened
from tests.adapters.gcp.gateway import Gateway, Lost, Said
from tests.contracts.state_rows import event, fence, instance, launch, request

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
    assert sum(pauses) < 3
    # Each is spread by half of itself, so neighbours may swap; two apart never do.
    assert all(later > earlier for earlier, later in zip(pauses, pauses[2:], strict=False))


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


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "error", "remedy"),
    [
        pytest.param(
            Said(StatusCode.PERMISSION_DENIED, "Missing or insufficient permissions."),
            CredentialsError,
            "grant roles/datastore.user to the account that called",
            id="a right is missing",
        ),
        pytest.param(
            Said(StatusCode.UNAUTHENTICATED, "Request had invalid authentication credentials."),
            CredentialsError,
            "give the function a service account",
            id="unknown credentials",
        ),
        pytest.param(
            Said(StatusCode.NOT_FOUND, "The database state does not exist for project lab"),
            UnavailableError,
            "there is no such database: deploy it, or correct its name",
            id="no database",
        ),
        pytest.param(
            Said(StatusCode.FAILED_PRECONDITION, "The query requires an index."),
            UnavailableError,
            "another version made the database",
            id="a database of another version",
        ),
        pytest.param(
            Said(
                StatusCode.FAILED_PRECONDITION,
                "The Cloud Firestore API is not available for a Datastore Mode database",
            ),
            UnavailableError,
            "make a database in native mode",
            id="a database of the other mode",
        ),
        pytest.param(
            Said(StatusCode.INTERNAL, "An internal error occurred."),
            UnavailableError,
            "InternalServerError: An internal error occurred$",
            id="a fault of Google's",
        ),
    ],
)
def test_a_refusal_names_database_call_and_remedy(
    state: FirestoreState,
    gateway: Gateway,
    database: Database,
    said: Said,
    error: type[UnavailableError],
    remedy: str,
) -> None:
    for ask, call in (
        (state.live, "RunQuery"),
        (state.history, "RunQuery"),
        (lambda: state.read(fence().ref), "BatchGetDocuments"),
        (lambda: state.commit(put=[fence()]), "Commit"),
    ):
        gateway.script = [said] * 3
        with pytest.raises(UnavailableError, match=remedy) as told:
            ask()
        assert type(told.value) is error
        assert str(told.value).startswith(f"state = {database.name} in lab-project: {call}: ")
        gateway.script.clear()
    assert not state.live()


def test_no_login_on_the_way_is_told_as_such(state: FirestoreState, gateway: Gateway) -> None:
    """It is gRPC that asks for the token, and says that nobody answered."""
    words = "Getting metadata from plugin failed with error: RefreshError: no account"
    gateway.script = [Said(StatusCode.UNAVAILABLE, words)] * 3
    with pytest.raises(CredentialsError, match="give the function a service account"):
        state.live()


def test_without_a_database_its_name_is_told(fake_address: str) -> None:
    state = opened(fake_address, Database("lab-project", "nowhere"))
    for attempt in (
        state.live,
        state.history,
        lambda: state.commit(put=[fence()]),
        lambda: state.commit(put=[fence(revision=1)]),
        lambda: state.commit(record=[event()]),
        lambda: state.read(fence().ref),
    ):
        with pytest.raises(UnavailableError, match=r"state = nowhere in lab-project: .*deploy it"):
            attempt()


def test_nobody_there_is_unavailable(database: Database) -> None:
    asks: list[Callable[[FirestoreState], object]] = [
        lambda state: state.live(),
        lambda state: state.commit(put=[fence()]),
    ]
    for ask in asks:
        with pytest.raises(UnavailableError, match=f"state = {database.name} in lab-project"):
            ask(opened("127.0.0.1:9", database, pause=lambda _: None))


# --- what no row may be -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        pytest.param([request(body="x" * 1_048_600)], "request:L1.1", id="a row"),
        pytest.param(
            [fence(), request(body="x" * 1_048_600)], "request:L1.1", id="beside another"
        ),
        pytest.param([fence("x" * 1_500), fence()], "fence:xxx", id="a name"),
    ],
)
def test_a_row_too_large_is_told(state: FirestoreState, rows: list[Row], named: str) -> None:
    with pytest.raises(ConfigError, match="bytes, and Firestore keeps 1,048,576 a row") as told:
        state.commit(put=rows)
    [problem] = told.value.problems
    assert problem.value.startswith(named)
    assert not state.live()


def test_a_request_of_1000_kb_fits(state: FirestoreState) -> None:
    state.commit(put=[request(body="x" * 1_024_000)])
    found = state.read(request().ref)
    assert found == request(body="x" * 1_024_000).model_copy(update={"revision": 1})
