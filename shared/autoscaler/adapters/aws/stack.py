"""What CloudFormation knows of a deployment: the names of its table, topics and queues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autoscaler.adapters.aws.failures import FAILED, code_of, failure
from autoscaler.errors import ConfigError, Problem

_CALL = "cloudformation:DescribeStacks"


def outputs(client: Any, name: str) -> Mapping[str, str]:
    """The outputs of the stack, by their keys. ConfigError when there is no such stack."""
    try:
        found = client.describe_stacks(StackName=name)["Stacks"][0]
    except FAILED as error:
        if code_of(error) == "ValidationError":
            region = client.meta.region_name
            remedy = f"{region} has no stack {name}: deploy it, or name its region by AWS_REGION"
            raise ConfigError(Problem("--host", "aws", remedy)) from error
        raise failure(_CALL, name, error) from error
    return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", ())}
