"""What the operator writes, and the nouns of the core that it stands for."""

import hashlib
import json
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from autoscaler.config.aws import AwsSection
from autoscaler.config.budget import BudgetSection, QueueBudgetSection
from autoscaler.config.clearml import ClearMLSection
from autoscaler.config.cloud import CloudSection, over
from autoscaler.config.ec2 import Ec2Section
from autoscaler.config.fields import Count, Duration, Location, Name, Reference, Word
from autoscaler.config.gce import GceSection
from autoscaler.config.gcp import GcpSection
from autoscaler.config.hours import HoursSection, Timezone
from autoscaler.config.lost_tasks import LostTasksSection, Policy
from autoscaler.config.machine import MachineSection
from autoscaler.config.process import ProcessSection
from autoscaler.config.section import Section
from autoscaler.core import fleet
from autoscaler.core.fleet import IdlePolicy, OnShutdown

AnyResource = ProcessSection | Ec2Section | GceSection


class AutoscalerSection(Section):
    """One unit of scaling: its workers share a prefix, its machines a maximum."""

    name: Name = Field(description="a tag of its machines", examples=["team"])
    workers_prefix: Word | None = Field(
        None,
        description="how its workers' ids begin; else dynamic_ + name",
        examples=["dynamic_team"],
    )
    policy: IdlePolicy = Field(
        "adaptive", description="when machines without work stop: docs/policy.md"
    )
    max_instances: Count | None = Field(
        None, description="of all its resources together", examples=[10]
    )
    budget: BudgetSection | None = Field(
        None, description="limits of money", examples=[{"day": 40, "month": 600}]
    )
    on_shutdown: OnShutdown = Field("idle", description="what stops once it is not in this file")
    schedule: tuple[HoursSection, ...] = Field(
        (),
        description="other limits at some hours",
        examples=[[{"days": "sat,sun", "max_instances": 0}]],
    )
    max_idle: Duration = Field(
        timedelta(minutes=15), description="a machine without work stops then at the latest"
    )
    max_spin_up: Duration = Field(
        timedelta(minutes=30), description="a machine without a worker by then is given up"
    )
    aws: AwsSection | None = Field(
        None,
        description="its account on AWS, where other than the top's",
        examples=[{"region": "eu-central-1"}],
    )
    gcp: GcpSection | None = Field(
        None,
        description="its project on Google Cloud, likewise",
        examples=[{"project": "my-project-42"}],
    )
    machine: MachineSection | None = Field(
        None,
        description="what runs on machines of clouds, likewise",
        examples=[{"docker": False}],
    )
    resources: tuple[Annotated[AnyResource, Field(discriminator="provider")], ...] = Field(
        description="in order of preference for queues they share", min_length=1
    )

    @property
    def prefix(self) -> str:
        return self.workers_prefix or default_prefix(self.name)


class Config(Section):
    """A deployment: autoscalers that share one state table and one ClearML server.

    `load` and `parse` make it: they check what no key can see alone.
    """

    name: Name = Field("default", alias="deployment", description="a tag of every machine")
    clearml: ClearMLSection = Field(description="where ClearML is, and as whom to talk to it")
    polling_interval: Duration = Field(
        timedelta(minutes=1), description="how often to look at queues and machines"
    )
    max_instances: Count | None = Field(
        None, description="of all autoscalers together", examples=[20]
    )
    budget: BudgetSection | None = Field(
        None, description="limits of money", examples=[{"day": 100, "month": 1500}]
    )
    queue_budgets: tuple[QueueBudgetSection, ...] = Field(
        (), description="likewise for some queues", examples=[[{"name": "default", "day": 40}]]
    )
    on_lost: Policy = Field("requeue", description="what becomes of a task whose machine is lost")
    max_requeues: Count = Field(3, description="a task that loses more machines fails")
    lost_tasks: tuple[LostTasksSection, ...] = Field(
        (),
        description="otherwise for some queues",
        examples=[[{"name": "default", "on_lost": "fail"}]],
    )
    timezone: Timezone = Field(
        "UTC", description="of budgets and schedules", examples=["Europe/Berlin"]
    )
    aws: AwsSection | None = Field(
        None,
        description="whose account on AWS, and where",
        examples=[{"region": "eu-central-1", "instance_profile": "clearml-worker"}],
    )
    gcp: GcpSection | None = Field(
        None,
        description="whose project on Google Cloud",
        examples=[{"project": "my-project-42"}],
    )
    machine: MachineSection | None = Field(
        None,
        description="what runs on machines of clouds",
        examples=[{"image": "python:3.12", "agent_version": "3.0.3"}],
    )
    webhook: Reference | None = Field(
        None, description="where to tell what a person should know", examples=["env:WEBHOOK_URL"]
    )
    on_shutdown: OnShutdown = Field(
        "leave", description="what Ctrl-C stops: nothing, idle, all machines"
    )
    state: Location = Field(
        Path("autoscaler.db"),
        description="the state table: a SQLite file next to this one",
        validate_default=True,
    )
    workdir: Location = Field(
        Path(".autoscaler"),
        description="the folder of machines that are processes",
        validate_default=True,
    )
    autoscalers: tuple[AutoscalerSection, ...] = Field(
        description="each with resources of its own", min_length=1
    )

    def deployment(self) -> fleet.Deployment:
        on_lost = fleet.OnLost(policy=self.on_lost, most=self.max_requeues)
        return fleet.Deployment(
            name=self.name,
            max_instances=self.max_instances,
            budget=self.budget.budget() if self.budget else None,
            queue_budgets={each.name: each.budget() for each in self.queue_budgets},
            on_lost=on_lost,
            queue_on_lost={each.name: each.rule(on_lost) for each in self.lost_tasks},
            timezone=self.timezone,
            autoscalers=tuple(self._autoscaler(each) for each in self.autoscalers),
        )

    @cached_property
    def by_key(self) -> dict[str, AnyResource]:
        """Each resource's own settings, by the key of core's Resource."""
        return {f"{a.name}/{r.name}": r for a in self.autoscalers for r in a.resources}

    def machine_of(self, owner: AutoscalerSection, resource: CloudSection) -> MachineSection:
        """What runs on the resource's machines, with everything that is written above it."""
        return over(MachineSection(), self.machine, owner.machine, resource.machine)

    def aws_of(self, owner: AutoscalerSection, resource: Ec2Section) -> AwsSection:
        """The account of the resource's machines, likewise."""
        return over(AwsSection(), self.aws, owner.aws, resource.aws)

    def gcp_of(self, owner: AutoscalerSection, resource: GceSection) -> GcpSection:
        """The project of the resource's machines, likewise."""
        return over(GcpSection(), self.gcp, owner.gcp, resource.gcp)

    def _autoscaler(self, section: AutoscalerSection) -> fleet.Autoscaler:
        return fleet.Autoscaler(
            name=section.name,
            prefix=section.prefix,
            max_instances=section.max_instances,
            budget=section.budget.budget() if section.budget else None,
            on_shutdown=section.on_shutdown,
            schedule=tuple(each.hours(self.timezone) for each in section.schedule),
            resources=tuple(self._resource(section, each) for each in section.resources),
        )

    def _resource(self, owner: AutoscalerSection, section: AnyResource) -> fleet.Resource:
        return fleet.Resource(
            autoscaler=owner.name,
            name=section.name,
            compute=section.provider,
            queues=section.queues,
            offerings=section.offerings,
            min_instances=section.min_instances,
            max_instances=section.max_instances,
            schedule=tuple(each.hours(self.timezone) for each in section.schedule),
            slots=section.slots,
            policy=section.policy or owner.policy,
            spot_share=section.spot_share,
            max_idle=section.max_idle or owner.max_idle,
            max_spin_up=section.max_spin_up or owner.max_spin_up,
            margin=section.margin,
            config_hash=self._config_hash(owner, section),
        )

    def _config_hash(self, owner: AutoscalerSection, section: AnyResource) -> str:
        shape: list[Any] = [owner.prefix, section.shape()]
        if isinstance(section, CloudSection):
            shape.append(_dump(self.machine_of(owner, section)))
        if isinstance(section, Ec2Section):
            shape.append(_dump(self.aws_of(owner, section)))
        if isinstance(section, GceSection):
            shape.append(_dump(self.gcp_of(owner, section)))
        text = json.dumps(shape, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def default_prefix(autoscaler: str) -> str:
    return f"dynamic_{autoscaler}"


def _dump(section: Section) -> dict[str, Any]:
    return section.model_dump(mode="json", exclude_defaults=True)
