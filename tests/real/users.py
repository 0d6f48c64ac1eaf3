"""A user of moto's account, whose rights count from now on."""

import json
from collections.abc import Mapping

import boto3
import pytest
from moto.core.authorization import ActionAuthenticatorMixin

from autoscaler.adapters.aws.clients import forget_session
from tests.real.aws import REGION

ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_NAME = "ada"


def call_with(patch: pytest.MonkeyPatch, *statements: Mapping[str, object]) -> None:
    """A user calls who may do this; moto takes every call for one of all resources."""
    iam = boto3.client("iam", REGION)
    iam.create_user(UserName=_NAME)
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=_NAME, PolicyName="rights", PolicyDocument=policy)
    key = iam.create_access_key(UserName=_NAME)["AccessKey"]
    patch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    patch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    forget_session()
    patch.setattr("moto.settings.INITIAL_NO_AUTH_ACTION_COUNT", 0)
    patch.setattr(ActionAuthenticatorMixin, "request_count", 0)


def deny(patch: pytest.MonkeyPatch, *actions: str) -> None:
    """A user calls who may do all but this."""
    call_with(patch, ALL, {**ALL, "Effect": "Deny", "Action": list(actions)})
