"""The page says what `doctor` needs to be allowed: no less, and no more."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.aws.doctor.account import Account
from tests.adapters.aws.doctor.test_warnings import LOOKS

PAGE = Path("docs/doctor.md")
NOT_HERE = {
    "ec2:CreateTags",  # moto asks for the call's own right only
    "iam:PassRole",  # likewise
    "secretsmanager:DescribeSecret",  # moto answers what boto3 cannot read when it is missing
    "servicequotas:GetAWSDefaultServiceQuota",  # the quotas are a fake that knows no rights
    "servicequotas:GetServiceQuota",
    "ssm:GetParameters",  # as DescribeSecret
}


def policy() -> dict[str, Any]:
    (found,) = re.findall("```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    read: dict[str, Any] = json.loads(found)
    return read


def actions() -> list[str]:
    return [action for each in policy()["Statement"] for action in each["Action"]]


def test_with_these_rights_it_sees_everything(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.call_with(monkeypatch, *policy()["Statement"])

    assert {finding.verdict for finding in account.findings()} == {"ok"}


@pytest.mark.parametrize("action", sorted({*actions()} - NOT_HERE - {*LOOKS}))
def test_without_one_of_them_it_does_not(
    account: Account, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    account.deny(monkeypatch, action)

    assert {finding.verdict for finding in account.findings()} != {"ok"}
