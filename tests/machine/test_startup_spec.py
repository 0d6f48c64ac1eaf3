"""What an operator may say about machines, and how a mistake is told."""

from typing import Any

import pytest
from pydantic import ValidationError

from autoscaler.machine.startup import StartupSpec

GOOD: dict[str, Any] = {
    "prefix": "team",
    "source": "ec2",
    "login": {"access_key": "ssm:/a", "secret_key": "ssm:/b", "api_server": "https://api"},
}
SECRET = {"ref": "ssm:/c"}


def test_what_is_needed_is_enough() -> None:
    assert StartupSpec.model_validate(GOOD).keeper == "systemd"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        pytest.param(
            {"git": {"password": "hunter2"}}, "name the secret: ssm:/PATH", id="a written password"
        ),
        pytest.param(
            {"git": {"password": "vault:x"}}, "name the secret: ssm:/PATH", id="an unknown store"
        ),
        pytest.param(
            {"git": {"password": "ssm:"}}, "name the secret: ssm:/PATH", id="no name in the store"
        ),
        pytest.param(
            {"storage": {"google_credentials": "gcp-secret:key"}},
            "storage.google_credentials = gcp-secret:key: a machine of ec2 can read",
            id="a secret of another cloud",
        ),
        pytest.param(
            {"environment": {"A": {"ref": "gcp-secret:key"}}},
            "environment.A = gcp-secret:key: a machine of ec2 can read env:, file:, secret",
            id="the same, deeper inside",
        ),
        pytest.param(
            {"proxy": {"https": "http://me:hunter2@proxy"}},
            "proxy.https: it holds a password",
            id="a password in a proxy's URL",
        ),
        pytest.param(
            {"registries": [{"address": "a.io", "user": "me"}]},
            "registries a.io: give both user and password",
            id="a login without a password",
        ),
        pytest.param(
            {"registries": [{"address": "docker.io"}]},
            "registries docker.io: it is none of ec2: give a user, too",
            id="a registry that no role logs in to",
        ),
        pytest.param({"slots": 2}, "gpus = 0 entries: name one for each", id="slots for one GPU"),
        pytest.param(
            {"cpu_only": True, "gpus": ["0"]}, "gpus = 1 entries", id="a GPU for CPU mode"
        ),
        pytest.param({"conf": "a\0b"}, "remove the NUL character", id="text no file can hold"),
        pytest.param({"init-script": ""}, "Extra inputs", id="a key that does not exist"),
    ],
)
def test_it_refuses(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        StartupSpec.model_validate({**GOOD, **changed})
    assert told in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"slots": 2, "cpu_only": True}, id="slots that share the CPUs"),
        pytest.param({"slots": 2, "gpus": ["0", "1"]}, id="slots with a GPU each"),
        pytest.param(
            {"registries": [{"address": "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"}]},
            id="a registry of the machine's own cloud",
        ),
        pytest.param({"proxy": {"http": {"ref": "ssm:/proxy"}}}, id="a proxy by reference"),
        pytest.param({"init_script": SECRET, "conf": SECRET}, id="long texts by reference"),
        pytest.param(
            {"git": {"password": "secretsmanager:arn:aws:secretsmanager:eu:1:secret:x-Y#key"}},
            id="a member of a secret by its ARN",
        ),
    ],
)
def test_it_takes(changed: dict[str, Any]) -> None:
    StartupSpec.model_validate({**GOOD, **changed})
