"""Tasks of the past."""

from datetime import datetime

from autoscaler.core.value import Value


class Ran(Value):
    """A task that has ended, as ClearML remembers it. When it was enqueued, nobody remembers.

    `queue` is the id of the queue it was last enqueued in; empty: in none, ever.
    """

    id: str
    queue: str = ""
    created: datetime
    started: datetime | None = None
    ended: datetime
