"""What comes of answers that get lost, of conflicts, of refusals: told with place and remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from botocore.config import Config

from autoscaler.adapters.aws.dynamodb import DynamoState
from autoscaler.core.ledger import Row
from autoscaler.errors import (
    ConfigError,
    CredentialsError,
    StaleWriteError,
    UnavailableError,
)
from tests.adapters.aws.dynamodb.gateway import Gateway, Lost, Refusal
from tests.contracts.state_rows import event, fence, instance, launch, request
from tests.real.dynamodb_local import LIMIT
from tests.real.state_table import connect

pytestmark = pytest.mark.slow

CONFLICT = Refusal("TransactionConflictException", "Transaction is ongoing for the item")
CANCELLED = "TransactionCanceledException"
ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=3)
TWICE = Config(retries={"mode": "standard", "total_max_attempts": 2}, read_timeout=3)
Through = Callable[..., DynamoState]


@pytest.fixture
def gateway(address: str) -> Gateway:
    return Gateway(address)


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def through(gateway: Gateway, name: str, pauses: list[float]) -> Iterator[Through]:
    with gateway.open() as address:
        yield lambda how=ONCE: DynamoState(
            connect(address, how), name, limit=LIMIT, pause=pauses.append
        )


# --- answers that get lost ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("put", "remove"),
    [
        pytest.param([fence(gen=1, revision=1)], [], id="a put"),
        pytest.param([fence("new")], [], id="a new row"),
        pytest.param([], [fence(revision=1)], id="a removal"),
    ],
)
def test_a_write_whose_answer_was_lost_is_never_told_to_be_stale(
    through: Through, gateway: Gateway, put: list[Row], remove: list[Row]
) -> None:
    state = through(TWICE)
    state.commit(put=[fence()])
    gateway.script = ["lost"]
    with pytest.raises(UnavailableError, match="whether it was written is not known"):
        state.commit(put=put, remove=remove)


def test_a_write_in_doubt_is_not_sent_again_when_it_is_too_busy(
    through: Through, gateway: Gateway, pauses: list[float]
) -> None:
    gateway.script = ["lost", CONFLICT]
    with pytest.raises(UnavailableError, match="TransactionConflict"):
        through(TWICE).commit(put=[fence()])
    assert not pauses


@pytest.mark.parametrize(
    ("script", "pauses_made"),
    [
        pytest.param(["lost"], 0, id="sent again by the SDK"),
        pytest.param(["lost", Refusal("TransactionInProgressException")], 1, id="still under way"),
    ],
)
def test_a_transaction_whose_answer_was_lost_is_carried_out_once(
    through: Through,
    gateway: Gateway,
    pauses: list[float],
    script: list[Lost | Refusal | None],
    pauses_made: int,
) -> None:
    state = through(TWICE)
    gateway.script = [*script]
    state.commit(put=[fence("a"), fence("b")], record=[event()])
    assert len({asked["ClientRequestToken"] for _, asked in gateway.heard}) == 1
    assert len(gateway.heard) == len(script) + 1
    assert [row.revision for row in state.live()] == [1, 1]
    assert len(pauses) == pauses_made


def test_an_unanswered_write_is_unavailable(through: Through, gateway: Gateway) -> None:
    state = through()
    for put in ([fence("a")], [fence("b"), fence("c")]):
        gateway.script = ["lost"]
        with pytest.raises(UnavailableError, match="PutItem"):
            state.commit(put=put)


# --- conflicts and throttles --------------------------------------------------------------------


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(CONFLICT, id="a row in another's transaction"),
        pytest.param(Refusal("ThrottlingException", "Rate exceeded"), id="throttled"),
        pytest.param(Refusal("ProvisionedThroughputExceededException"), id="a hot partition"),
        pytest.param(Refusal("RequestLimitExceeded"), id="the account's limit"),
    ],
)
def test_what_it_is_too_busy_for_is_sent_again(
    through: Through, gateway: Gateway, pauses: list[float], refusal: Refusal
) -> None:
    state = through()
    gateway.script = [refusal, refusal]
    state.commit(put=[fence()])
    assert [row.revision for row in state.live()] == [1]
    assert len(pauses) == 2


@pytest.mark.parametrize(
    ("reasons", "error"),
    [
        pytest.param(("TransactionConflict", "None"), None, id="a conflict is sent again"),
        pytest.param(("None", "ThrottlingError"), None, id="a throttle is sent again"),
        pytest.param(("None", "ConditionalCheckFailed"), StaleWriteError, id="a stale row"),
        pytest.param(
            ("TransactionConflict", "ConditionalCheckFailed"),
            StaleWriteError,
            id="a stale row beside a conflict",
        ),
        pytest.param(("None", "ValidationError"), UnavailableError, id="not understood"),
    ],
)
def test_why_a_transaction_was_cancelled(
    through: Through,
    gateway: Gateway,
    pauses: list[float],
    reasons: tuple[str, ...],
    error: type[Exception] | None,
) -> None:
    state = through()
    gateway.script = [Refusal(CANCELLED, "cancelled", reasons=reasons)]
    if error is None:
        state.commit(put=[fence("a"), fence("b")])
        assert len(pauses) == 1
        return
    with pytest.raises(error):
        state.commit(put=[fence("a"), fence("b")])
    assert not pauses


def test_a_lasting_conflict_is_unavailable(
    through: Through, gateway: Gateway, pauses: list[float]
) -> None:
    gateway.script = [CONFLICT] * 50
    with pytest.raises(UnavailableError, match="others keep writing the same rows"):
        through().commit(put=[fence()])
    assert len(gateway.heard) == len(pauses) + 1
    assert sum(pauses) < 3
    # Each is spread by half of itself, so neighbours may swap; two apart never do.
    assert all(later > earlier for earlier, later in zip(pauses, pauses[2:], strict=False))


def test_the_stale_rows_are_named(through: Through) -> None:
    state = through()
    state.commit(put=[fence("a")])
    with pytest.raises(StaleWriteError, match=r"fence/a, instance/L1\.0$"):
        state.commit(put=[fence("b"), fence("a"), launch()], remove=[instance()])


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "error", "remedy"),
    [
        pytest.param(
            Refusal("AccessDeniedException", "User: x is not authorized to perform"),
            CredentialsError,
            "allow dynamodb:Query on the table and its indexes",
            id="a right is missing",
        ),
        pytest.param(
            Refusal("UnrecognizedClientException", "The security token is invalid"),
            CredentialsError,
            "give credentials that are valid",
            id="unknown credentials",
        ),
        pytest.param(
            Refusal("ExpiredTokenException", "The security token is expired"),
            CredentialsError,
            "give credentials that are valid",
            id="credentials of yesterday",
        ),
        pytest.param(
            Refusal("ResourceNotFoundException", "Requested resource not found"),
            UnavailableError,
            "there is no such table: deploy it, or correct its name",
            id="no table",
        ),
        pytest.param(
            Refusal("ThrottlingException", "Rate exceeded"),
            UnavailableError,
            "raise what limits the table or the account",
            id="throttled",
        ),
        pytest.param(
            Refusal("ValidationException", "The table does not have the specified index"),
            UnavailableError,
            "another version made the table",
            id="a table of another version",
        ),
        pytest.param(
            Refusal("InternalServerError", "Internal server error", status=500),
            UnavailableError,
            "InternalServerError",
            id="a fault of AWS",
        ),
    ],
)
def test_a_refusal_names_table_region_call_and_remedy(
    through: Through,
    gateway: Gateway,
    name: str,
    refusal: Refusal,
    error: type[UnavailableError],
    remedy: str,
) -> None:
    state = through()
    for ask in (state.live, state.history):
        gateway.script = [refusal]
        with pytest.raises(UnavailableError, match=remedy) as told:
            ask()
        assert type(told.value) is error
        assert str(told.value).startswith(f"state = {name} in eu-central-1: Query: ")


@pytest.mark.parametrize("code", ["AccessDeniedException", CANCELLED])
def test_a_refused_transaction_names_all_that_must_be_allowed(
    through: Through, gateway: Gateway, code: str
) -> None:
    reasons = ("AccessDenied", "None") if code == CANCELLED else ()
    gateway.script = [Refusal(code, "no", reasons=reasons)]
    with pytest.raises(CredentialsError, match="allow dynamodb:DeleteItem and dynamodb:PutItem"):
        through().commit(put=[fence()], remove=[instance()])


def test_without_a_table_the_name_is_told(address: str) -> None:
    state = DynamoState(connect(address, ONCE), "nowhere")
    for attempt in (
        state.live,
        lambda: state.commit(put=[fence()]),
        lambda: state.read(fence().ref),
    ):
        with pytest.raises(UnavailableError, match=r"state = nowhere in .*: deploy it"):
            attempt()


def test_nobody_there_is_unavailable() -> None:
    state = DynamoState(connect("http://127.0.0.1:9", ONCE), "lab")
    with pytest.raises(UnavailableError, match="state = lab in eu-central-1: Query"):
        state.live()


# --- what no row may be -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        pytest.param([request(body="x" * 409_600)], "request/L1.1", id="a row"),
        pytest.param(
            [fence(), request(body="x" * 409_600)], "request/L1.1", id="in a transaction"
        ),
        pytest.param([fence("x" * 1_030)], "fence/xxx", id="a name"),
    ],
)
def test_a_row_too_large_is_told(through: Through, rows: list[Row], named: str) -> None:
    state = through()
    with pytest.raises(ConfigError, match="bytes, and DynamoDB keeps 409,600 a row") as told:
        state.commit(put=rows)
    [problem] = told.value.problems
    assert problem.value.startswith(named)
    assert not state.live()


def test_a_request_of_390_kb_fits(through: Through) -> None:
    state = through()
    state.commit(put=[request(body="x" * 399_000)])
    found = state.read(request().ref)
    assert found == request(body="x" * 399_000).model_copy(update={"revision": 1})
