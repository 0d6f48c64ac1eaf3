"""Host `aws`: Lambda functions, a DynamoDB table, an SNS topic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from autoscaler.adapters.local.system import EnvSecrets
from autoscaler.core.fleet import Timing
from autoscaler.errors import ConfigError, Problem
from autoscaler.hosts.aws_settings import Settings
from autoscaler.hosts.functions.root import Functions
from autoscaler.ports import Notifier, State, Topic
from autoscaler.services.letters import LetterTeller

if TYPE_CHECKING:
    from autoscaler.adapters.aws.clients import Clients
    from autoscaler.adapters.aws.secrets import AwsSecrets

TIMING: Final = Timing(
    # the launcher's timeout of 60 s, and 15 s for what may still land
    claim=timedelta(seconds=75),
    deadline=timedelta(minutes=15),
    drain=timedelta(minutes=3),
    lease=timedelta(seconds=50),
    recheck=timedelta(seconds=60),
)


class Aws(Functions[Settings]):
    """What functions on AWS share is kept in DynamoDB, and told by SNS."""

    timing = TIMING

    @cached_property
    def letters(self) -> LetterTeller:
        from autoscaler.adapters.aws.dead_letters import DeadLetterQueues

        queues = DeadLetterQueues(self.clients.sqs(), self.settings.dead_letters.split())
        return self.teller(queues)

    @cached_property
    def clients(self) -> Clients:
        from autoscaler.adapters.aws.clients import Clients

        return Clients()

    @cached_property
    def state(self) -> State:
        from autoscaler.adapters.aws.dynamodb import DynamoState

        return DynamoState(self.clients.dynamodb(), self.settings.table)

    @cached_property
    def topic(self) -> Topic:
        """ConfigError when the environment names no topic."""
        from autoscaler.adapters.aws.sns import SnsTopic

        arn = self.settings.topic_arn
        if not arn:
            remedy = "set this variable: the ARN of the topic of messages"
            raise ConfigError(Problem("TOPIC_ARN", "", remedy))
        return SnsTopic(self.clients.sns(), arn)

    @cached_property
    def secrets(self) -> AwsSecrets:
        from autoscaler.adapters.aws.secrets import AwsSecrets

        return AwsSecrets(
            self.clients.ssm,
            self.clients.secretsmanager,
            EnvSecrets(),
            self.settings.clearml_api_host,
        )

    def alerts(self) -> Iterator[Notifier]:
        if self.settings.alerts_arn:
            from autoscaler.adapters.aws.notify import SnsNotifier

            yield SnsNotifier(self.clients.sns(), self.settings.alerts_arn, self.config.name)
