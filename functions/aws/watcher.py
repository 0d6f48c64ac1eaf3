"""Hears what EC2 says by itself, and that messages were given up."""

from typing import Any

from aws_lambda_powertools import Logger

from autoscaler.adapters.aws.events import ALARM, cloud_events
from autoscaler.hosts.aws_in_force import InForce

logger = Logger(service="autoscaler")
in_force = InForce.from_environment("watcher")
logger.append_keys(deployment=in_force.name)


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> None:
    """An alarm of a dead-letter queue is a reason to look into all of them."""
    host = in_force.current()
    if event.get("detail-type") == ALARM:
        host.letters()
        return
    for said in cloud_events(event):
        host.watcher(said)
