"""Lets machines go, and brings back the tasks of those that were lost."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from autoscaler.adapters.aws.queues import handle
from autoscaler.hosts.aws import Aws

logger = Logger(service="autoscaler")
host = Aws.from_environment()
acts = {"reap": host.reaper()}
logger.append_keys(deployment=host.deployment.name)


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> Mapping[str, Any]:
    """The answer names the records to hand over again."""
    return handle(event, host.deployment.name, acts)
