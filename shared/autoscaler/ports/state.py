"""The state table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from autoscaler.core.ledger import Past, Ref, Row


class State(Protocol):
    """The state table. Writes are linearizable and all-or-nothing.

    `limit` is how many rows one commit may touch.
    """

    @property
    def limit(self) -> int: ...

    def live(self) -> Sequence[Row]:
        """All rows but the history and what is BESIDE; perhaps a part of a commit under way."""
        ...

    def read(self, ref: Ref) -> Row | None:
        """The row as last committed, or None."""
        ...

    def commit(
        self,
        *,
        put: Sequence[Row] = (),
        remove: Sequence[Row] = (),
        record: Sequence[Past] = (),
    ) -> None:
        """Write `put` and `remove`, each only over the revision it carries; append `record`.

        A `put` with revision 0 creates; every accepted `put` is stored with revision + 1.
        `record` goes to the history, which never conflicts; the same ref again replaces.

        Raises StaleWriteError, with nothing written, when any row's revision has moved on or a
        row to remove is not there; ValueError for more than `limit` rows (`record` counts) or a
        row named twice.
        """
        ...

    def history(
        self, *, since: datetime | None = None, subject: str | None = None, limit: int = 1000
    ) -> Sequence[Past]:
        """What was recorded at `since` or later, newest first; `subject` is whom it is about.

        What was recorded just now may be missing from the history of a subject for a moment.
        """
        ...
