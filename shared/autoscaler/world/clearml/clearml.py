"""One ClearML server, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoscaler.world.clearml.events import Events
from autoscaler.world.clearml.model import DEFAULT_WORKER_TIMEOUT, Clock, NewId
from autoscaler.world.clearml.queues import DEFAULT_SYSTEM_TAG, Queues
from autoscaler.world.clearml.task_records import FIXED_USER
from autoscaler.world.clearml.tasks import Tasks
from autoscaler.world.clearml.users import Users
from autoscaler.world.clearml.workers import Workers

if TYPE_CHECKING:
    from datetime import timedelta


class ClearML:
    """The whole model. `now` is the only clock it knows and `new_id` its only chance.

    It starts as a fresh server does: one user, one queue named `default`. It is not
    thread-safe: whoever shares it holds a lock around every call.
    """

    def __init__(
        self, *, now: Clock, new_id: NewId, worker_timeout: timedelta = DEFAULT_WORKER_TIMEOUT
    ) -> None:
        self.now = now
        self.new_id = new_id
        self.company = new_id()
        self.users = Users(company=self.company, company_name="clearml", now=now, new_id=new_id)
        self.user = self.users.add("tests", id=FIXED_USER, display_name="Default User", fixed=True)
        self.queues = Queues(company=self.company, now=now, new_id=new_id)
        self.tasks = Tasks(company=self.company, now=now, new_id=new_id, queues=self.queues)
        self.workers = Workers(
            now=now, queues=self.queues, tasks=self.tasks, timeout=worker_timeout
        )
        self.events = Events(now=now, tasks=self.tasks)
        self.queues.create("default", system_tags=[DEFAULT_SYSTEM_TAG])
