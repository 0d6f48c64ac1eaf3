"""Starts the machines of one order."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from autoscaler.adapters.aws.queues import handle
from autoscaler.hosts.aws_in_force import InForce

logger = Logger(service="autoscaler")
in_force = InForce.from_environment("launcher", priced=True)
logger.append_keys(deployment=in_force.name)


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> Mapping[str, Any]:
    """The answer names the records to hand over again."""
    host = in_force.current()
    return handle(event, host.config.name, {"launch": host.launcher})
