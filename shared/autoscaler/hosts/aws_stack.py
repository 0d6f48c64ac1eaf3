"""A deployment on AWS, seen from a person's computer and with that person's own rights."""

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from autoscaler.config import Config
from autoscaler.config.on_aws import Made, misfits
from autoscaler.errors import ConfigError, Problem
from autoscaler.hosts.aws import Aws
from autoscaler.hosts.aws_leftovers import Leftovers
from autoscaler.hosts.aws_settings import Settings
from autoscaler.hosts.computes import ec2_specs
from autoscaler.hosts.functions.remote import SERVICE, Remote, Taken
from autoscaler.ports import State

if TYPE_CHECKING:
    from autoscaler.adapters.aws.clients import Clients


class Stack:
    """What CloudFormation tells of a deployment, by the deployment's name."""

    to_read_table = "AUTOSCALER_CONFIG_IN_TABLE=yes"

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

    def refuses(self, config: Config, document: object) -> Iterator[Problem]:
        """Why it could not use this configuration; `document` is what was written."""
        yield from self.made.without(Made.of(config))
        yield from misfits(config, document)

    @cached_property
    def clients(self) -> "Clients":
        from autoscaler.adapters.aws.clients import Clients

        return Clients()


class AwsStack(Remote):
    """Named by the deployment's name in the configuration; the table is looked up in the stack."""

    removed_by = "build/osls/node_modules/.bin/osls remove"

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._stack = Stack(config.name)

    @property
    def clients(self) -> "Clients":
        return self._stack.clients

    def redrive(self) -> Mapping[str, int]:
        from autoscaler.adapters.aws.dead_letters import redrive

        return redrive(self.clients.sqs(), [self._stack.output("DeadLettersUrl")])

    def tidy(self) -> Iterator[Taken]:
        """Where only the functions may act (a role of another account), it says so."""
        specs = ec2_specs(self.config, self.secrets)
        made_for = self._stack.made.regions
        return Leftovers(self.config.name, specs, self.clients, made_for).take()

    @cached_property
    def host(self) -> Aws:
        return self._made(self._stack.output("TableName"), self._stack.output("TopicArn"))

    @cached_property
    def tableless(self) -> Aws:
        return self._made(self._stack.name)

    def _made(self, table: str, topic: str = "") -> Aws:
        """With the login of whoever looks, where the configuration names one of variables."""
        server = os.environ.get("CLEARML_API_HOST", "")
        settings = Settings(table=table, topic_arn=topic, clearml_api_host=server)
        made = Aws(settings, config=self.config)
        made.clients = self.clients
        return made
