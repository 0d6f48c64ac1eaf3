"""A deployment on AWS, seen from a person's computer and with that person's own rights."""

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from autoscaler.config import Config
from autoscaler.config.on_aws import Made
from autoscaler.core.decisions import Plan
from autoscaler.core.fleet import Deployment
from autoscaler.core.seen import Snapshot
from autoscaler.errors import ConfigError, Problem
from autoscaler.hosts.aws import Aws
from autoscaler.hosts.aws_leftovers import Leftovers, Taken
from autoscaler.hosts.aws_settings import Settings
from autoscaler.hosts.computes import ec2_specs
from autoscaler.hosts.functions.clearml import Clearml
from autoscaler.ports import Clock, Compute, Secrets, State
from autoscaler.services.operate import Operator

if TYPE_CHECKING:
    from autoscaler.adapters.aws.clients import Clients
    from autoscaler.adapters.clearml import ClearmlClient

SERVICE = "clearml-autoscaler"


class Stack:
    """What CloudFormation tells of a deployment, by the deployment's name."""

    def __init__(self, deployment: str) -> None:
        self.deployment = deployment
        self.name = f"{SERVICE}-{deployment}"

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """ConfigError when there is no such stack where AWS_REGION says."""
        from autoscaler.adapters.aws.stack import outputs

        return outputs(self.clients.cloudformation(), self.name)

    def output(self, name: str) -> str:
        """ConfigError when another version of the stack is there."""
        if name not in self.outputs:
            remedy = f"stack {self.name} has no output {name}: deploy this version"
            raise ConfigError(Problem("--host", "aws", remedy))
        return self.outputs[name]

    @cached_property
    def state(self) -> State:
        from autoscaler.adapters.aws.dynamodb import DynamoState

        return DynamoState(self.clients.dynamodb(), self.output("TableName"))

    @property
    def reads_table(self) -> bool:
        """Whether its functions go by the configuration in the table."""
        return self.output("ConfigIn") == "table"

    @property
    def made(self) -> Made:
        """What its roles were made for."""
        regions = self.output("MachineRegions").split()
        roles = self.outputs.get("AssumedRoles", "").split()
        clouds = self.outputs.get("OtherClouds", "").split()
        return Made(self.deployment, frozenset(regions), frozenset(roles), frozenset(clouds))

    @cached_property
    def clients(self) -> "Clients":
        from autoscaler.adapters.aws.clients import Clients

        return Clients()


class AwsStack:
    """Named by the deployment's name in the configuration; the table is looked up in the stack."""

    runs_by = "its poller"

    def __init__(self, config: Config) -> None:
        self.config = config
        self._stack = Stack(config.name)

    @property
    def deployment(self) -> Deployment:
        return self._host.priced

    @property
    def clock(self) -> Clock:
        return self._tableless.clock

    @property
    def state(self) -> State:
        return self._host.state

    @property
    def table(self) -> State:
        return self._host.state

    @property
    def table_if_any(self) -> State:
        return self._host.state

    @property
    def machines(self) -> Mapping[str, Compute]:
        return self._host.computes

    @property
    def secrets(self) -> Secrets:
        return self._tableless.secrets

    @property
    def clearml(self) -> "ClearmlClient":
        return self._clearml.client

    @property
    def clearml_of_agents(self) -> "ClearmlClient":
        return self._clearml.client_of_agents

    @property
    def clients(self) -> "Clients":
        return self._stack.clients

    def operator(self, by: str) -> Operator:
        host = self._host
        return Operator(host.deployment, host.state, host.clock, host.ids, by=by)

    def preview(self) -> tuple[Snapshot, Plan]:
        return self._host.poller.preview()

    def redrive(self) -> Mapping[str, int]:
        """Hand dead letters over again; how many each queue held, by its name."""
        from autoscaler.adapters.aws.dead_letters import redrive

        return redrive(self.clients.sqs(), [self._stack.output("DeadLettersUrl")])

    def tidy(self) -> Iterator[Taken]:
        """Take away what launches left in the account; nothing may start any more.

        Where only the functions may act (a role of another account), it says so.
        """
        specs = ec2_specs(self.config, self.secrets)
        made_for = self._stack.made.regions
        return Leftovers(self.config.name, specs, self.clients, made_for).take()

    @cached_property
    def _host(self) -> Aws:
        return self._made(self._stack.output("TableName"), self._stack.output("TopicArn"))

    @cached_property
    def _tableless(self) -> Aws:
        """For what needs no table: the stack may not be there yet."""
        return self._made(self._stack.name)

    def _made(self, table: str, topic: str = "") -> Aws:
        """With the login of whoever looks, where the configuration names one of variables."""
        server = os.environ.get("CLEARML_API_HOST", "")
        settings = Settings(table=table, topic_arn=topic, clearml_api_host=server)
        made = Aws(settings, config=self.config)
        made.clients = self.clients
        return made

    @cached_property
    def _clearml(self) -> Clearml:
        return Clearml(self.config.clearml, lambda: self._tableless.secrets)
