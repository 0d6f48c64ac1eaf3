"""What resources of every cloud have."""

from typing import ClassVar, TypeVar

from pydantic import Field

from autoscaler.config.agents import Gpus
from autoscaler.config.fields import Duration, Price, Switch
from autoscaler.config.machine import MachineSection
from autoscaler.config.resource import ResourceSection
from autoscaler.config.section import Section

S = TypeVar("S", bound=Section)


class CloudSection(ResourceSection):
    """A resource whose machines a cloud starts, with an own program on each."""

    shapeless: ClassVar = {"hourly_price", "machine"}

    cpu_only: Switch = Field(default=False, description="agents that see no GPU")
    gpus: tuple[Gpus, ...] = Field(
        (), description="with slots: the GPUs of each", examples=[["0,1", "2,3"]]
    )
    max_lifetime: Duration | None = Field(
        None, description="no new task after this; the one that runs finishes", examples=["12h"]
    )
    hourly_price: Price | None = Field(
        None, description="of each of its machines; else the cloud's list", examples=[0.35]
    )
    machine: MachineSection | None = Field(
        None,
        description="what runs on it, where other than its autoscaler's",
        examples=[{"docker": False}],
    )


def over(whole: S, *layers: S | None) -> S:
    """One section of several: what is written in a later one wins, key by key."""
    for layer in layers:
        written = {name: getattr(layer, name) for name in layer.model_fields_set} if layer else {}
        whole = whole.model_copy(update=written)
    return whole
