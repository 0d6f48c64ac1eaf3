"""Every minute, and when a poke says that something happened: look, decide, order."""

from typing import Any

from aws_lambda_powertools import Logger

from autoscaler.adapters.aws.metrics import publish
from autoscaler.adapters.aws.queues import pokes
from autoscaler.hosts.aws_in_force import InForce
from autoscaler.hosts.functions.figures import counted

logger = Logger(service="autoscaler")
in_force = InForce.from_environment("poller", priced=True)
logger.append_keys(deployment=in_force.name)


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """A schedule's event ticks for its minute, a topic's once."""
    host = in_force.current()
    reasons = list(pokes(event, host.config.name))
    gens = []
    for tick in host.ticks(once=bool(reasons)):
        logger.append_keys(gen=tick.gen)
        publish(host.config.name, counted(host.deployment, tick.seen))
        logger.info("ticked", reasons=reasons, skipped=tick.skipped, ordered=tick.ordered)
        gens.append(tick.gen)
    return {"gens": gens}
