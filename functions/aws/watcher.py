"""Hears what EC2 says by itself, and that messages were given up."""

from typing import Any

from aws_lambda_powertools import Logger

from autoscaler.adapters.aws.events import ALARM, cloud_events
from autoscaler.hosts.aws import Aws

logger = Logger(service="autoscaler")
host = Aws.from_environment()
watcher, letters = host.watcher(), host.letters()
logger.append_keys(deployment=host.deployment.name)


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> None:
    """An alarm of a dead-letter queue is a reason to look into all of them."""
    if event.get("detail-type") == ALARM:
        letters()
        return
    for said in cloud_events(event):
        watcher(said)
