"""What becomes of tasks whose machine is lost."""

from typing import Literal, Self

from pydantic import Field, model_validator

from autoscaler.config.faults import mistake
from autoscaler.config.fields import Count, Queue
from autoscaler.config.section import Section
from autoscaler.core.fleet import OnLost

Policy = Literal["requeue", "reset", "fail", "ignore"]


class LostTasksSection(Section):
    """What becomes of a queue's tasks when their machine is lost; docs/lost-tasks.md says more.

    `requeue` puts them at the front of the queue, `reset` as well but to start anew, `fail` marks
    them failed, `ignore` leaves them as they are.
    """

    name: Queue = Field(description="the queue, as its resources name it", examples=["default"])
    on_lost: Policy | None = Field(None, description="else as for all queues")
    max_requeues: Count | None = Field(None, description="likewise")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.on_lost is None and self.max_requeues is None:
            raise mistake("changes nothing: write on_lost or max_requeues")
        return self

    def rule(self, others: OnLost) -> OnLost:
        """`others` is the rule of all queues, for what is not written here."""
        most = others.most if self.max_requeues is None else self.max_requeues
        return OnLost(policy=self.on_lost or others.policy, most=most)
