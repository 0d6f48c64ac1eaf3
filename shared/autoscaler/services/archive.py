"""Rows whose story is over leave the table: into the history, and their cost onto the books."""

import logging
from collections.abc import Sequence
from datetime import datetime

from autoscaler.core import money
from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Instance, Launch, Past, Ref, Row
from autoscaler.core.reconcile import Reconciler
from autoscaler.core.rows import LiveSet
from autoscaler.errors import StaleWriteError
from autoscaler.ports import State
from autoscaler.services.book import saved

log = logging.getLogger(__name__)


class Archiver:
    """Each row in one commit with all that it leaves: whoever crashes, it is left once."""

    def __init__(self, deployment: Deployment, state: State) -> None:
        self._deployment = deployment
        self._state = state

    def __call__(self, reconciler: Reconciler, rows: LiveSet, now: datetime) -> None:
        launches, instances = reconciler.finished()
        for instance in instances:
            self._instance(instance, rows, now)
        for launch in launches:
            self._launch(launch)

    def _instance(self, row: Instance, rows: LiveSet, now: datetime) -> None:
        spent = money.spent_rows(self._deployment, rows.spend, row, now)
        if self._take_out(row, record=[row], put=spent):
            for each in spent:
                rows.put(saved(each))

    def _launch(self, launch: Launch) -> None:
        for attempt in range(1, launch.attempt + 1):
            request = self._state.read(Ref("request", f"{launch.key}.{attempt}"))
            if request:
                self._take_out(request)
        self._take_out(launch, record=[launch])

    def _take_out(self, row: Row, *, record: Sequence[Past] = (), put: Sequence[Row] = ()) -> bool:
        try:
            self._state.commit(put=put, remove=[row], record=record)
        except StaleWriteError:
            log.info("taken_out_by_another", extra={"row": row.key})
            return False
        return True
