"""Which market to ask first: a task that spot machines keep dropping should get to its end."""

from collections.abc import Sequence

from autoscaler.core.fleet import Preferred, Resource
from autoscaler.core.ledger import Repair

OFTEN = 2


def preference(
    resource: Resource, queue_id: str, repairs: Sequence[Repair]
) -> tuple[Preferred, str]:
    """What machines for the queue should be, and why, in words; "" leaves all as it is."""
    dropped = [row for row in repairs if row.queue == queue_id and row.count >= OFTEN]
    markets = {offering.market for offering in resource.offerings}
    if not dropped or len(markets) == 1:
        return "", ""
    worst = max(dropped, key=lambda row: row.count)
    return "on-demand", f"on-demand first: task {worst.key} lost {worst.count} machines"
