"""The watcher: turns what a cloud says by itself into a fact, and wakes the poller to look."""

import logging
from datetime import datetime

from autoscaler.core import reclaim
from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Instance
from autoscaler.ports import CloudEvent, Ports
from autoscaler.services.announce import poke
from autoscaler.services.book import Book

log = logging.getLogger(__name__)

BY = "watcher"
_SAID = {"notice": "is taken back", "ended": "ended"}
_PATIENCE = 5  # how often a notice is written again when somebody else moved the row


class Watcher:
    """Told twice, late or wrongly, it does no harm; told never, the next tick looks all the same.

    A notice is noted on the row of its machine, once. An end is noted nowhere: only a listing
    proves it (R12). A cloud tells of everybody's machines: what no row names wakes nobody.
    """

    def __init__(self, deployment: Deployment, ports: Ports) -> None:
        self._deployment = deployment
        self._ports = ports
        self._book = Book(ports.state, BY)

    def __call__(self, event: CloudEvent) -> None:
        """Note the event and publish a poke. UnavailableError: hand it over once more."""
        now = self._ports.clock.now()
        row = self._row_of(event)
        if row is None:
            return
        if event.kind == "notice":
            self._note(event, row, now)
        reason = f"its cloud says that {event.instance_id} {_SAID[event.kind]}"
        self._ports.topic.publish([poke(self._deployment.name, reason, now)])

    def _note(self, event: CloudEvent, row: Instance | None, now: datetime) -> None:
        for _ in range(_PATIENCE):
            if row is None:
                return
            after = reclaim.noticed(row, event.at, event.detail, now)
            if after == row or self._book.write(after, row, now):
                return
            row = self._row_of(event)
        log.warning("notice_not_noted", extra={"instance_id": event.instance_id})

    def _row_of(self, event: CloudEvent) -> Instance | None:
        """The row that names this machine, if one does."""
        if not event.instance_id:
            return None
        machine = (event.compute, event.instance_id)
        rows = [row for row in self._ports.state.live() if isinstance(row, Instance)]
        return next((row for row in rows if (row.compute, row.instance_id) == machine), None)
