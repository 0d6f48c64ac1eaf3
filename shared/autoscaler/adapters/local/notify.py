"""Notices to the log, and to several places at once."""

import logging
from collections.abc import Sequence

from autoscaler.core.notices import Notice
from autoscaler.errors import UnavailableError
from autoscaler.ports import Notifier

log = logging.getLogger(__name__)


class LogNotifier:
    """The Notifier port: one line of the log for each notice."""

    def notify(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            log.warning("notice", extra={"about": notice.key, "text": notice.text})


class Notifiers:
    """The Notifier port over others. While one of them fails, only that one is told again."""

    def __init__(self, *notifiers: Notifier) -> None:
        self._notifiers = notifiers
        self._told: dict[int, set[str]] = {}

    def notify(self, notices: Sequence[Notice]) -> None:
        failed: UnavailableError | None = None
        for number, notifier in enumerate(self._notifiers):
            told = self._told.setdefault(number, set())
            try:
                notifier.notify([notice for notice in notices if notice.key not in told])
            except UnavailableError as error:
                failed = error
            else:
                told.update(notice.key for notice in notices)
        if failed:
            raise failed
        self._told.clear()
