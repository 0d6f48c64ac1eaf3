"""AWS's errors in the words of what the caller should do."""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    NoCredentialsError,
)

from autoscaler.adapters.aws.failures import code_of, failure
from autoscaler.errors import CredentialsError, UnavailableError


def said(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as it is"}}, "Publish")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        pytest.param(said("AuthorizationError"), CredentialsError, "allow sns:Publish", id="SNS"),
        pytest.param(
            said("AccessDeniedException"), CredentialsError, "allow sns:Publish", id="a policy"
        ),
        pytest.param(said("ExpiredToken"), CredentialsError, "ExpiredToken", id="an old token"),
        pytest.param(NoCredentialsError(), CredentialsError, "no AWS credentials", id="none"),
        pytest.param(said("Throttled"), UnavailableError, "Throttled", id="too many calls"),
        pytest.param(said("InternalError"), UnavailableError, "InternalError", id="AWS's fault"),
        pytest.param(
            ConnectTimeoutError(endpoint_url="https://sns"),
            UnavailableError,
            "ConnectTimeoutError",
            id="nobody there",
        ),
    ],
)
def test_an_error_names_the_call_the_subject_and_the_remedy(
    error: BotoCoreError | ClientError, kind: type[UnavailableError], words: str
) -> None:
    told = failure("sns:Publish", "arn:messages", error)
    assert type(told) is kind
    assert str(told).startswith("sns:Publish arn:messages: ")
    assert words in str(told)


def test_what_never_reached_aws_has_no_code_of_aws() -> None:
    assert code_of(NoCredentialsError()) == ""
    assert code_of(said("Throttled")) == "Throttled"
