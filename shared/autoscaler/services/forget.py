"""What tasks lost is forgotten when they are done; the history keeps what was told of it."""

import logging
from collections.abc import Sequence

from autoscaler.core import repair
from autoscaler.core.ledger import Ref, Repair
from autoscaler.core.rows import LiveSet
from autoscaler.core.seen import Snapshot
from autoscaler.errors import StaleWriteError, UnavailableError
from autoscaler.ports import Ports

log = logging.getLogger(__name__)

EVERY = 10


class Forgetter:
    """At one tick of ten, with one reading of all the tasks: as many calls for many as for few."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def __call__(self, rows: LiveSet, seen: Snapshot, gen: int) -> None:
        left = [row for row in seen.repairs if Ref("instance", row.instance) not in rows]
        if gen % EVERY or not left:
            return
        try:
            tasks = {task.id: task for task in self._ports.tasks.read([row.key for row in left])}
        except UnavailableError as error:
            log.warning("tasks_unreadable", extra={"error": str(error)})
            return
        self._remove([row for row in left if repair.over(row, tasks.get(row.key), seen.now)])

    def _remove(self, rows: Sequence[Repair]) -> None:
        """In portions; one that somebody else was faster with is left to the next time."""
        most = self._ports.state.limit
        for first in range(0, len(rows), most):
            try:
                self._ports.state.commit(remove=rows[first : first + most])
            except StaleWriteError:
                log.info("lost_again_meanwhile")
