"""Telling people what they should know, once, however often a tick sees it."""

import logging
from collections.abc import Sequence

from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Row, Told
from autoscaler.core.notices import Notice, notices
from autoscaler.core.rows import LiveSet
from autoscaler.core.seen import Snapshot
from autoscaler.errors import StaleWriteError, UnavailableError
from autoscaler.ports import Notifier, State

log = logging.getLogger(__name__)


class Teller:
    """Remembers in the table what was told. What could not be told is told by the next tick."""

    def __init__(self, deployment: Deployment, state: State, notifier: Notifier) -> None:
        self._deployment = deployment
        self._state = state
        self._notifier = notifier

    def __call__(self, seen: Snapshot, rows: LiveSet) -> None:
        current = notices(self._deployment, seen)
        told = {row.key: row for row in rows.all(Told)}
        new = [notice for notice in current if notice.key not in told]
        lasting = {notice.key for notice in current}
        over = [
            row
            for row in told.values()
            if row.key not in lasting and (row.until is None or row.until <= seen.now)
        ]
        self._write(remove=over)
        if new and self._said(new):
            self._write(put=[_remembered(notice) for notice in new])

    def _said(self, new: Sequence[Notice]) -> bool:
        try:
            self._notifier.notify(new)
        except UnavailableError as error:
            log.warning("notify_failed", extra={"error": str(error)})
            return False
        return True

    def _write(self, *, put: Sequence[Row] = (), remove: Sequence[Row] = ()) -> None:
        """In portions; one that somebody else was faster with is left to the next tick."""
        most = self._state.limit
        for first in range(0, max(len(put), len(remove)), most):
            part = slice(first, first + most)
            try:
                self._state.commit(put=put[part], remove=remove[part])
            except StaleWriteError:
                log.info("told_by_another")


def _remembered(notice: Notice) -> Told:
    return Told(key=notice.key, text=notice.text, at=notice.at, until=notice.until)
