"""As whom AWS is called, and what the role of machines is."""

import json

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from autoscaler.adapters.aws.doctor.site import Site
from autoscaler.adapters.aws.ec2.checks import without_profile
from autoscaler.adapters.aws.failures import FAILED, code_of
from autoscaler.config import AwsSection
from autoscaler.errors import Problem
from autoscaler.ports.doctor import Said

_EC2 = "ec2.amazonaws.com"
_UNKNOWN = "NoSuchEntity"


def credentials(site: Site) -> Said:
    """Who calls, in which region."""
    clients = site.spec.clients
    if not clients.region:
        remedy = "nobody says in which region: write it, or set AWS_REGION"
        return Said("", (Problem("aws.region", "", remedy),))
    try:
        caller = clients.sts().get_caller_identity()
    except FAILED as error:
        return Said("", (_refused(site.spec.aws, error),))
    return Said(f"{caller['Arn']} in {clients.region}")


def profile(site: Site) -> Said:
    """The instance profile has a role that EC2 may take on."""
    if problems := tuple(without_profile(site.field, site.spec)):
        return Said("", problems)
    field, value = f"{site.field}.aws.instance_profile", site.spec.aws.instance_profile or ""
    try:
        found = site.spec.clients.iam().get_instance_profile(
            InstanceProfileName=value.rpartition("/")[2]
        )["InstanceProfile"]
    except ClientError as error:
        if code_of(error) != _UNKNOWN:
            raise
        return Said("", (Problem(field, value, "there is no such profile: create it"),))
    if value.startswith("arn:") and value != found["Arn"]:
        remedy = f"it is not of this account, whose profile of that name is {found['Arn']}"
        return Said("", (Problem(field, value, remedy),))
    if not found["Roles"]:
        return Said("", (Problem(field, value, "it has no role: add one to it"),))
    role = found["Roles"][0]
    if _EC2 not in json.dumps(role.get("AssumeRolePolicyDocument", "")):
        remedy = f"EC2 may not take its role on: name {_EC2} in the trust policy of {role['Arn']}"
        return Said("", (Problem(field, value, remedy),))
    return Said(f"{value}, with role {role['RoleName']}")


def _refused(aws: AwsSection, error: BotoCoreError | ClientError) -> Problem:
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        remedy = "no credentials: log in (aws sso login), set AWS_PROFILE, or name keys here"
        return Problem("aws.access_key", aws.access_key or "", f"{remedy} ({error})")
    if isinstance(error, ClientError) and error.operation_name == "AssumeRole":
        under = f" with external id {aws.external_id}" if aws.external_id else ""
        remedy = f"let its trust policy name who calls{under}, and allow them sts:AssumeRole"
        return Problem("aws.role", aws.role or "", f"{remedy} ({code_of(error)})")
    if isinstance(error, ClientError):
        remedy = f"AWS does not know these keys, or not any more ({code_of(error)}): renew them"
        return Problem("aws.access_key", aws.access_key or "", remedy)
    return Problem("aws.region", aws.region or "", f"AWS cannot be reached there: {error}")
