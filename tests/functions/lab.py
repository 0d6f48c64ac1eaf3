"""A deployment in an account of moto's, whose functions are called as Lambda calls them."""

import importlib
import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aws_lambda_powertools.logging.filters import SuppressFilter

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.dynamodb import DynamoState
from autoscaler.core.ledger import Instance
from autoscaler.hosts.aws import Aws
from autoscaler.ports import Compute
from autoscaler.world.clearml.model import Clock
from autoscaler.world.clearml.users import Credentials
from autoscaler.world.cloud import Cloud
from autoscaler.world.server import StandIn, wall_clock
from tests.real.aws import ACCOUNT, REGION, Account
from tests.real.state_table import table

FUNCTIONS = ("poller", "launcher", "reaper", "watcher")
ARN = f"{REGION}:{ACCOUNT}"


@dataclass
class Context:
    """What Lambda tells a handler of the invocation."""

    function_name: str = "poller"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = f"arn:aws:lambda:{ARN}:function:poller"
    aws_request_id: str = "11111111-2222-3333-4444-555555555555"


@dataclass
class Lab:
    """`environment` is what every function gets; `waits` is how long the poller waited.

    `account` is where processes reach it, if they do.
    """

    clients: Clients
    clearml: StandIn
    table: str
    folder: Path
    environment: dict[str, str]
    waits: list[float] = field(default_factory=list)
    account: Account = field(default_factory=lambda: Account(""))

    @property
    def state(self) -> DynamoState:
        return DynamoState(self.clients.dynamodb(), self.table)

    def instances(self) -> list[Instance]:
        return [row for row in self.state.live() if isinstance(row, Instance)]

    def enqueue(self, tasks: int = 1) -> list[str]:
        world = self.clearml.world
        with self.clearml.lock:
            ids = [world.tasks.create("work").id for _ in range(tasks)]
            for task in ids:
                world.tasks.enqueue(task, world.queues.default().id)
        return ids

    def store_secret(self, value: str) -> None:
        """In place of the secret key of the ClearML login."""
        self.clients.ssm().put_parameter(
            Name="/lab/secret_key", Value=value, Type="SecureString", Overwrite=True
        )

    def taken(self, queue: str) -> dict[str, Any]:
        """All that waits in a queue, in the form in which Lambda hands it to a function."""
        url = self.clients.sqs().get_queue_url(QueueName=queue)["QueueUrl"]
        records = []
        while found := self._received(url):
            for each in found:
                records.append(record(each["Body"], each["MessageId"], queue))
                self.clients.sqs().delete_message(
                    QueueUrl=url, ReceiptHandle=each["ReceiptHandle"]
                )
        return {"Records": records}

    def _received(self, url: str) -> Any:
        received = self.clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return received.get("Messages")


def record(body: str, id: str, queue: str) -> dict[str, Any]:
    return {
        "messageId": id,
        "receiptHandle": "handle",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{ARN}:{queue}",
        "awsRegion": REGION,
    }


def every_minute() -> dict[str, Any]:
    return {"version": "0", "detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}


def over_sns(records: Mapping[str, Any]) -> dict[str, Any]:
    """What SNS hands straight to a function, made of what a queue got."""
    return {
        "Records": [
            {"EventSource": "aws:sns", "Sns": {"Message": each["body"]}}
            for each in records["Records"]
        ]
    }


@contextmanager
def lab(clients: Clients, folder: Path, now: Clock = wall_clock) -> Iterator[Lab]:
    """`now`: the time of the ClearML server."""
    sns, sqs, ssm = clients.sns(), clients.sqs(), clients.ssm()
    topic = sns.create_topic(Name="messages")["TopicArn"]
    alerts = sns.create_topic(Name="alerts")["TopicArn"]
    for kind in ("launch", "reap", "poke"):
        sqs.create_queue(QueueName=kind)
        attributes = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"kind": [kind]})}
        endpoint = f"arn:aws:sqs:{ARN}:{kind}"
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint, Attributes=attributes)
    sqs.create_queue(QueueName="alerts")
    sns.subscribe(TopicArn=alerts, Protocol="sqs", Endpoint=f"arn:aws:sqs:{ARN}:alerts")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    with (
        StandIn(credentials=Credentials("key", "secret"), now=now) as clearml,
        table(clients.dynamodb()) as name,
    ):
        clearml.world.queues.default()
        for key, value in {"access_key": "key", "secret_key": "secret"}.items():
            ssm.put_parameter(Name=f"/lab/{key}", Value=value, Type="SecureString")
        ssm.put_parameter(Name="/lab/api_server", Value=clearml.url, Type="String")
        (folder / "autoscaler.json").write_text(json.dumps(configuration(clearml.url)))
        environment = {
            "TABLE": name,
            "TOPIC_ARN": topic,
            "ALERTS_ARN": alerts,
            "DEAD_LETTERS": dead,
            "CONFIG": str(folder / "autoscaler.json"),
        }
        yield Lab(clients, clearml, name, folder, environment)


def configuration(api: str, **resource: object) -> dict[str, Any]:
    machines = resource or {"provider": "ec2", "types": ["t3.small"], "disk": {"size": 20}}
    common = {"name": "cpu", "queues": ["default"], "max_instances": 2, "cpu_only": True}
    return {
        "deployment": "lab",
        "clearml": {
            "api": api,
            "access_key": "ssm:/lab/access_key",
            "secret_key": "ssm:/lab/secret_key",
        },
        "autoscalers": [{"name": "team", "resources": [{**common, **machines}]}],
    }


class Loader:
    """Imports entry points anew, as cold starts do, over one cloud that has no SDK."""

    def __init__(self, here: Lab, patch: pytest.MonkeyPatch) -> None:
        self._cloud: Cloud | None = None
        for name, value in here.environment.items():
            patch.setenv(name, value)
        patch.setattr(Aws, "computes", property(lambda host: {"ec2": self._made(host)}))
        once = Aws.__init__

        def waitless(self: Aws, *args: Any, **kwargs: Any) -> None:
            once(self, *args, **kwargs, wait=here.waits.append)

        patch.setattr(Aws, "__init__", waitless)

    @property
    def cloud(self) -> Cloud:
        assert self._cloud, "no function has asked for its compute yet"
        return self._cloud

    def __call__(self, function: str) -> ModuleType:
        sys.modules.pop(f"functions.aws.{function}", None)
        return importlib.import_module(f"functions.aws.{function}")

    def _made(self, host: Aws) -> Compute:
        self._cloud = self._cloud or Cloud(host.deployment, host.clock.now)
        return self._cloud


def quiet_again() -> None:
    """Take back what the functions' logger does to the process."""
    for name in FUNCTIONS:
        sys.modules.pop(f"functions.aws.{name}", None)
    ours = logging.getLogger("autoscaler")
    ours.handlers.clear()
    ours.setLevel(logging.NOTSET)
    for name in [each for each in vars(ours) if each.startswith(("init", "powertools_"))]:
        delattr(ours, name)
    for handler in logging.root.handlers:
        handler.filters = [f for f in handler.filters if not isinstance(f, SuppressFilter)]
