"""What every part of the configuration is, and what every resource has."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from autoscaler.config.fields import Count, Duration, Name, Queues, Slots


class Section(BaseModel):
    """A frozen set of keys; a key without a value counts as not written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _leave_out_what_is_empty(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        known = cls.key_names()
        return {key: value for key, value in data.items() if value is not None or key not in known}

    @classmethod
    def key_names(cls) -> tuple[str, ...]:
        """The keys as the operator writes them, in order."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())


class ResourceSection(Section):
    """A kind of machine, bound to queues, with limits; each provider adds its own keys."""

    name: Name = Field(description="what it is called, in its workers' ids too", examples=["cpu"])
    provider: str
    queues: Queues = Field(
        description="names or ids; its agents pull in this order",
        examples=[["default"]],
        min_length=1,
    )
    min_instances: Count = Field(0, description="so many stay up without work")
    max_instances: Count = Field(description="never more machines than this", examples=[3])
    slots: Slots = Field(1, description="agents on one machine: tasks at once")
    max_idle: Duration | None = Field(
        None, description="the autoscaler's, unless written here", examples=["15m"]
    )
    max_spin_up: Duration | None = Field(
        None, description="the autoscaler's, unless written here", examples=["30m"]
    )

    def shape(self) -> Mapping[str, object]:
        """What a machine of it is made of: its limits and price are not."""
        limits = set(ResourceSection.model_fields) - {"provider", "queues", "slots"}
        return self.model_dump(
            mode="json", exclude=limits | {"hourly_price"}, exclude_defaults=True
        )
