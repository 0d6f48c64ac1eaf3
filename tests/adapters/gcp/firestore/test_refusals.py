"""What Firestore refuses: told with the database, the call and the remedy."""

from collections.abc import Callable

import pytest
from grpc import StatusCode

from autoscaler.adapters.gcp.firestore import Database, FirestoreState
from autoscaler.core.ledger import Row
from autoscaler.errors import ConfigError, CredentialsError, UnavailableError
from tests.adapters.gcp.fake_google.server import FakeGoogle
from tests.adapters.gcp.firestore.opened import behind, opened
from tests.adapters.gcp.gateway import Gateway, Said
from tests.contracts.state_rows import event, fence, request


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def state(address: str, database: Database, gateway: Gateway) -> FirestoreState:
    return behind(gateway.channel, address, database, pause=lambda _: None)


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
            Said(StatusCode.RESOURCE_EXHAUSTED, "Quota exceeded."),
            UnavailableError,
            "raise what limits the project",
            id="a quota is used up",
        ),
        pytest.param(
            Said(StatusCode.INVALID_ARGUMENT, "Unknown field."),
            UnavailableError,
            "InvalidArgument: Unknown field$",
            id="not understood",
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
        gateway.script = [said] * 9
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


def test_the_history_of_a_subject_needs_the_index_that_is_told_to_the_deployment(
    database: Database,
) -> None:
    """And nothing else needs one. An emulator has them all."""
    with FakeGoogle(indexes={}).serve() as address:
        state = opened(address, database)
        state.commit(put=[fence()], record=[event()])
        assert state.live()
        assert state.history(since=event().at)
        with pytest.raises(UnavailableError, match="another version made the database"):
            state.history(subject="L1.0")


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
        pytest.param(
            [request(body="x" * 99_999), fence("x" * 1_500)], "fence:xxx", id="beside a longer"
        ),
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
