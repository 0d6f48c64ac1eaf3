"""Secrets are stored encrypted, and never shown."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from mypy_boto3_ssm import SSMClient

from autoscaler.adapters.aws.parameters import Parameters
from autoscaler.errors import ConfigError, UnavailableError

NAME, REFERENCE = "/clearml/git", "ssm:/clearml/git"


@pytest.fixture
def ssm() -> Iterator[SSMClient]:
    with mock_aws():
        yield boto3.Session("key", "secret", region_name="eu-west-1").client("ssm")


def test_a_secret_is_stored_encrypted(ssm: SSMClient) -> None:
    Parameters(ssm).put(REFERENCE, "hunter2")

    kept = ssm.get_parameter(Name=NAME, WithDecryption=True)["Parameter"]
    assert (kept["Type"], kept["Value"]) == ("SecureString", "hunter2")


def test_it_is_replaced_only_when_that_is_asked_for(ssm: SSMClient) -> None:
    store = Parameters(ssm)
    store.put(REFERENCE, "first")

    with pytest.raises(ConfigError, match="--overwrite"):
        store.put(REFERENCE, "second")
    store.put(REFERENCE, "third", overwrite=True)

    kept = ssm.get_parameter(Name=NAME, WithDecryption=True)["Parameter"]
    assert kept["Value"] == "third"


@pytest.mark.parametrize(
    "reference", ["env:NAME", "file:/x", "secretsmanager:x", "ssm:/a#b", "hunter2"]
)
def test_only_whole_parameters_are_stored(ssm: SSMClient, reference: str) -> None:
    with pytest.raises(ConfigError, match="only ssm:/path"):
        Parameters(ssm).put(reference, "x")


def test_a_long_secret_has_room(ssm: SSMClient) -> None:
    Parameters(ssm).put(REFERENCE, "x" * 5000)

    (described,) = ssm.describe_parameters()["Parameters"]
    assert described["Tier"] == "Advanced"


def test_an_error_does_not_repeat_the_secret(ssm: SSMClient) -> None:
    with pytest.raises(UnavailableError) as caught:
        Parameters(ssm).put("ssm:/aws/reserved", "hunter2")

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
