"""Limits of money."""

from typing import Literal, Self

from pydantic import Field, model_validator

from autoscaler.config.faults import mistake
from autoscaler.config.fields import Price, Queue, Switch
from autoscaler.config.section import Section
from autoscaler.core.fleet import Budget
from autoscaler.core.periods import Period


class BudgetSection(Section):
    """How much may be spent, in the currency of the prices."""

    hour: Price | None = Field(
        None, description="what all machines that live may cost an hour", examples=[12]
    )
    day: Price | None = Field(None, description="what a day may cost", examples=[100])
    month: Price | None = Field(None, description="what a month may cost", examples=[1500])
    on_budget: Literal["finish", "requeue"] = Field(
        "finish",
        description="when it is used up, tasks that run finish, or go back to their queue",
    )
    allow_unknown_prices: Switch = Field(
        default=False, description="start what has no price, as if it were free"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(getattr(self, period) is None for period in Period):
            raise mistake("limits nothing: write hour, day or month")
        return self

    def budget(self) -> Budget:
        return Budget(
            hour=self.hour,
            day=self.day,
            month=self.month,
            on_budget=self.on_budget,
            allow_unknown_prices=self.allow_unknown_prices,
        )


class QueueBudgetSection(BudgetSection):
    """The same for the machines that are started for a queue."""

    name: Queue = Field(description="the queue, as its resources name it", examples=["default"])
