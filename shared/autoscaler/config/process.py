"""Provider `process`: real agents as processes on this computer."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema

from autoscaler.config.faults import Fault, Where, mistake, secret
from autoscaler.config.fields import Price, Says, Switch, Text, Word, folder_of
from autoscaler.config.references import is_reference, reference
from autoscaler.config.resource import ResourceSection
from autoscaler.core.fleet import Offering
from autoscaler.core.words import many

_SECRET_WORDS = {"SECRET", "PASSWORD", "PASSWD", "PASS", "TOKEN", "KEY"}
_OURS = {
    "--queue": "write queues",
    "--gpus": "write gpus",
    "--cpu-only": "write cpu_only: true",
    "--docker": "write image",
    "--create-queue": "write create_missing_queues: true under clearml",
    "--git-pass": "write environment: CLEARML_AGENT_GIT_PASS: env:NAME",
    "--services-mode": "write slots",
    "--dynamic-gpus": "write gpus, one for each slot",
    "--foreground": "leave it out: every agent runs in the foreground",
    "--detached": "leave it out: every agent runs in the foreground",
    "-d": "leave it out: every agent runs in the foreground",
    "--stop": "leave it out: it starts no agent",
    "--status": "leave it out: it starts no agent",
}
_SET_BY_US = re.compile("(CLEARML|TRAINS)_(WORKER_(ID|NAME)|API_(HOST|ACCESS_KEY|SECRET_KEY))")
_GPUS = re.compile("all|[A-Za-z0-9:-]+(,[A-Za-z0-9:-]+)*")


def _argument(text: str) -> str:
    head = text.partition("=")[0]
    short = len(head) < len("--xx")
    ours = next((o for o in _OURS if head == o or (not short and o.startswith(head))), None)
    if ours:
        raise secret(f"{ours} is not for here: {_OURS[ours]}")
    return text


def _gpu(value: object) -> object:
    text = str(value) if type(value) is int else value
    if isinstance(text, str) and not _GPUS.fullmatch(text):
        raise mistake("the GPUs of one slot as the agent takes them: 0 or 0,1 or all")
    return text


def _variable(text: str) -> str:
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", text):
        raise mistake("a variable's name has letters, digits and _ only")
    if _SET_BY_US.fullmatch(text):
        raise mistake("the autoscaler sets this itself, from clearml and workers_prefix")
    return text


def _setting(text: str, info: ValidationInfo) -> str:
    return reference(text, folder_of(info)) if is_reference(text) else text


Gpus = Annotated[
    str,
    BeforeValidator(_gpu),
    WithJsonSchema({"type": ["string", "integer"]}),
    Says("GPUs"),
]
Argument = Annotated[str, AfterValidator(_argument), Says("text")]
Variable = Annotated[str, AfterValidator(_variable), Says("name")]
Setting = Annotated[str, AfterValidator(_setting), Says("text")]


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
    for name in _written_secrets(raw.get("environment")):
        remedy = f"a secret is named here, never written, like env:{name}"
        yield Fault((*where, "environment", name), "", remedy)


def _too_few_gpus(where: Where, raw: Mapping[str, Any]) -> Iterator[Fault]:
    gpus, slots, most = raw.get("gpus"), raw.get("slots", 1), raw.get("max_instances")
    if not isinstance(gpus, list) or not gpus or type(slots) is not int or type(most) is not int:
        return
    named, needed = len(set(map(str, gpus))), slots * most
    if named < needed:
        remedy = f"{named} for {many(needed, 'slot')}: name one for each, or lower max_instances"
        yield Fault((*where, "gpus"), "", remedy)


def _written_secrets(environment: object) -> Iterator[str]:
    if not isinstance(environment, dict):
        return
    for name, text in environment.items():
        telling = name.upper().rpartition("_")[2] in _SECRET_WORDS
        if telling and isinstance(text, str) and not is_reference(text):
            yield name
