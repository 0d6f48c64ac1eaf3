"""Provider `process`: real agents as processes on this computer."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Literal

from pydantic import Field

from autoscaler.config.agents import Argument, Gpus, Setting, Variable, written_secrets
from autoscaler.config.faults import Fault, Where
from autoscaler.config.fields import Price, Switch, Text, Word
from autoscaler.config.resource import ResourceSection
from autoscaler.core.fleet import Offering
from autoscaler.core.words import many


class ProcessSection(ResourceSection):
    """Agents as processes on this computer, each machine in a folder of its own."""

    margin: ClassVar = timedelta(seconds=5)

    provider: Literal["process"] = Field(
        description="where its machines start", examples=["process"]
    )
    type: Word = Field("process", description="what its workers' ids call its kind")
    hourly_price: Price | None = Field(
        None, description="what a machine costs for an hour", examples=[0.35]
    )
    agent: tuple[Text, ...] = Field(
        (),
        description="its command; else the installed clearml-agent",
        examples=[["/opt/clearml-agent"]],
    )
    agent_args: tuple[Argument, ...] = Field(
        (), description="more arguments for its daemon", examples=[["--order-fairness"]]
    )
    cpu_only: Switch = Field(default=False, description="agents that see no GPU")
    gpus: tuple[Gpus, ...] = Field(
        (), description="shared out, one to a slot; empty: all it sees", examples=[["0", "1"]]
    )
    image: Text | None = Field(
        None,
        description="run tasks in this Docker image (with arguments)",
        examples=["python:3.12"],
    )
    environment: dict[Variable, Setting] = Field(
        {}, description="for agents and tasks; secrets as env:NAME", examples=[{"TZ": "UTC"}]
    )
    task_python: Text | None = Field(
        None, description="run tasks with this Python as it is", examples=["/usr/bin/python3"]
    )

    @property
    def offerings(self) -> tuple[Offering, ...]:
        return (Offering(type=self.type, hourly_price=self.hourly_price),)


def conflicts(where: Where, raw: Mapping[str, Any]) -> Iterator[Fault]:
    """What no key can see alone, from a resource as it was written."""
    if raw.get("gpus") and raw.get("cpu_only") is True:
        yield Fault((*where, "cpu_only"), "true", "gpus are named as well: keep one of the two")
    yield from _too_few_gpus(where, raw)
    if raw.get("image") and raw.get("task_python"):
        remedy = "tasks in an image use the image's Python: keep one of the two"
        yield Fault((*where, "task_python"), "", remedy)
    yield from written_secrets(where, raw.get("environment"))


def _too_few_gpus(where: Where, raw: Mapping[str, Any]) -> Iterator[Fault]:
    gpus, slots, most = raw.get("gpus"), raw.get("slots", 1), raw.get("max_instances")
    if not isinstance(gpus, list) or not gpus or type(slots) is not int or type(most) is not int:
        return
    named, needed = len(set(map(str, gpus))), slots * most
    if named < needed:
        remedy = f"{named} for {many(needed, 'slot')}: name one for each, or lower max_instances"
        yield Fault((*where, "gpus"), "", remedy)
