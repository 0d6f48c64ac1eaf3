"""What each of Google's errors means for a launch, in both of their shapes."""

import pytest

from autoscaler.adapters.gcp.compute_engine.answers import No, answered, of_call, of_operation
from autoscaler.adapters.gcp.refusals import CallError, Failure
from autoscaler.ports import Ambiguous, Answer, Known, Refused, Throttled

SCOPES = {"quota": ("a", "b"), "addresses": ("a", "b", "c")}
SAID = "said so"


def call(reason: str, status: int = 400, detail: str = SAID) -> No:
    return of_call(CallError("instances.insert", status, reason, detail))


def operation(code: str, detail: str = SAID) -> No:
    return of_operation(Failure(code, detail))


def answer(*noes: No) -> Answer:
    return answered(noes, SCOPES)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "code",
    [
        "ZONE_RESOURCE_POOL_EXHAUSTED",
        "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS",
        "RESOURCE_POOL_EXHAUSTED",
        "STOCKOUT",
        "UNSUPPORTED_OPERATION",
        "VM_MIN_COUNT_NOT_REACHED",
    ],
)
def test_a_zone_has_none_left(code: str) -> None:
    assert answer(operation(code)) == Refused(code=code, detail=SAID)


def test_a_zone_says_so_at_once_as_well() -> None:
    # Google says it with HTTP 503, as if it were broken
    code = "zoneResourcePoolExhausted"
    assert answer(call(code, 503)) == Refused(code=code, detail=SAID)


@pytest.mark.parametrize(
    ("no", "offerings"),
    [
        pytest.param(call("quotaExceeded", 403), "ab", id="a quota, at once"),
        pytest.param(operation("QUOTA_EXCEEDED"), "ab", id="a quota, later"),
        pytest.param(operation("LIMIT_EXCEEDED"), "ab", id="a limit"),
        pytest.param(operation("IP_SPACE_EXHAUSTED"), "abc", id="a network without addresses"),
        pytest.param(
            operation("IP_SPACE_EXHAUSTED_WITH_DETAILS"), "abc", id="the same, in more words"
        ),
    ],
)
def test_a_limit_is_that_of_all_that_share_it(no: No, offerings: str) -> None:
    refused = dict.fromkeys(offerings, no.code)
    assert answer(no) == Refused(code=no.code, detail=SAID, refused=refused)


@pytest.mark.parametrize(
    "no",
    [
        *[
            pytest.param(call(reason, status), id=reason)
            for reason, status in (
                ("accessNotConfigured", 403),
                ("authError", 401),
                ("badRequest", 400),
                ("billingDisabled", 403),
                ("billingNotEnabled", 403),
                ("conditionNotMet", 412),
                ("forbidden", 403),
                ("insufficientPermissions", 403),
                ("invalid", 400),
                ("invalidParameter", 400),
                ("notFound", 404),
                ("parseError", 400),
                ("PERMISSION_DENIED", 403),
                ("required", 400),
                ("resourceInUseByAnotherResource", 400),
                ("SERVICE_DISABLED", 403),
                ("", 401),
                ("SomethingNewThatIsForbidden", 403),
            )
        ],
        *[
            pytest.param(operation(code), id=code)
            for code in (
                "CONDITION_NOT_MET",
                "INVALID_FIELD_VALUE",
                "INVALID_USAGE",
                "PERMISSIONS_ERROR",
                "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE",
                "RESOURCE_NOT_FOUND",
            )
        ],
    ],
)
def test_only_the_operator_can_help(no: No) -> None:
    assert answer(no) == Refused(code=no.code, detail=SAID, operator=True)


@pytest.mark.parametrize("kind", ["machineTypes", "acceleratorTypes", "diskTypes"])
@pytest.mark.parametrize("make", [call, operation], ids=["at once", "later"])
def test_what_one_zone_does_not_have_is_asked_for_in_the_next(make: object, kind: str) -> None:
    detail = f"The resource 'projects/p/zones/z/{kind}/x' was not found"
    no = call("notFound", 404, detail) if make is call else operation("RESOURCE_NOT_FOUND", detail)
    assert answer(no) == Refused(code=no.code, detail=detail)


@pytest.mark.parametrize(
    "no",
    [
        pytest.param(call("rateLimitExceeded", 403), id="rateLimitExceeded, which is a 403"),
        pytest.param(call("userRateLimitExceeded", 403), id="userRateLimitExceeded"),
        pytest.param(call("resourceNotReady", 400), id="what is still being made"),
        pytest.param(call("SomethingNew", 429), id="any 429"),
    ],
)
def test_not_now(no: No) -> None:
    assert answer(no) == Throttled(after=10.0)


@pytest.mark.parametrize(
    "no",
    [
        pytest.param(call("backendError", 500), id="backendError"),
        pytest.param(call("internalError", 500), id="internalError"),
        pytest.param(call("SomethingNewThatBroke", 503), id="any other 5xx"),
        pytest.param(call("", 502), id="one without a reason"),
    ],
)
def test_nobody_knows(no: No) -> None:
    assert isinstance(answer(no), Ambiguous)


@pytest.mark.parametrize(
    "no",
    [
        pytest.param(call("alreadyExists", 409), id="the name is another request's"),
        pytest.param(operation("RESOURCE_ALREADY_EXISTS"), id="the same, later"),
        pytest.param(call("SomethingNewThatIsWrong", 409), id="any other 4xx"),
    ],
)
def test_the_name_may_have_been_used(no: No) -> None:
    assert answer(no) == Known(detail=f"{no.code}: {SAID}")


@pytest.mark.parametrize(
    "code", ["RATE_LIMIT_EXCEEDED", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE", "SOMETHING_NEW"]
)
def test_an_operation_that_failed_is_over_and_would_fail_again(code: str) -> None:
    """The same request id is answered with the same operation: another attempt is needed."""
    assert answer(operation(code)) == Refused(code=code, detail=SAID)


@pytest.mark.parametrize(
    ("noes", "kind"),
    [
        pytest.param((call("notFound"), call("", 500)), Ambiguous, id="what nobody knows"),
        pytest.param((call("alreadyExists"), call("", 429)), Throttled, id="what is not told yet"),
        pytest.param((call("notFound"), call("alreadyExists")), Known, id="what may be there"),
    ],
)
def test_of_several_answers_the_one_that_settles_least_counts(
    noes: tuple[No, ...], kind: type[Answer]
) -> None:
    assert isinstance(answer(*noes), kind)


def test_a_mistake_of_the_operators_counts_more_than_a_shortage() -> None:
    found = answer(operation("STOCKOUT"), call("forbidden", 403))
    assert found == Refused(code="forbidden", detail=SAID, operator=True)


@pytest.mark.parametrize(
    ("text", "reason", "detail"),
    [
        pytest.param("<html>oops</html>", "", "<html>oops</html>", id="no JSON"),
        pytest.param('{"error": "no"}', "", '{"error": "no"}', id="other JSON"),
        pytest.param('{"error": {"message": "m"}}', "", "m", id="no reasons"),
        pytest.param(
            '{"error": {"message": "m", "errors": [{"reason": "r"}]}}', "r", "m", id="a reason"
        ),
    ],
)
def test_an_error_is_read_whatever_it_looks_like(text: str, reason: str, detail: str) -> None:
    error = CallError.of_reply("a call", 500, text)
    assert (error.status, error.reason, error.detail) == (500, reason, detail)
