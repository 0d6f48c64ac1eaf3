"""What every resource has."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from autoscaler.config.fields import Count, Duration, Name, Queues, Slots
from autoscaler.config.hours import ResourceHoursSection
from autoscaler.config.section import Section
from autoscaler.core.fleet import IdlePolicy


class ResourceSection(Section):
    """A kind of machine, bound to queues, with limits; each provider adds its own keys."""

    margin: ClassVar = timedelta(seconds=180)
    shapeless: ClassVar = {"hourly_price"}

    name: Name = Field(description="what it is called, in its workers' ids too", examples=["cpu"])
    provider: str
    queues: Queues = Field(
        description="names or ids; its agents pull in this order",
        examples=[["default"]],
        min_length=1,
    )
    min_instances: Count = Field(0, description="so many stay up without work")
    max_instances: Count = Field(description="never more machines than this", examples=[3])
    schedule: tuple[ResourceHoursSection, ...] = Field(
        (),
        description="other limits at some hours",
        examples=[[{"from": "08:00", "to": "20:00", "min_instances": 1}]],
    )
    slots: Slots = Field(1, description="agents on one machine: tasks at once")
    policy: IdlePolicy | None = Field(
        None, description="the autoscaler's, unless written here", examples=["simple"]
    )
    max_idle: Duration | None = Field(
        None, description="the autoscaler's, unless written here", examples=["15m"]
    )
    max_spin_up: Duration | None = Field(
        None, description="the autoscaler's, unless written here", examples=["30m"]
    )

    @property
    def spot_share(self) -> float:
        """The largest share of its machines that may be spot, where there is a choice."""
        return 1.0

    def shape(self) -> Mapping[str, object]:
        """What a machine of it is made of: its limits and price are not."""
        limits = set(ResourceSection.model_fields) - {"provider", "queues", "slots"}
        return self.model_dump(mode="json", exclude=limits | self.shapeless, exclude_defaults=True)
