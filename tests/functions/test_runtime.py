"""Every handler in AWS's own runtime, as a process: cold, warm, with half of a batch bad."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from autoscaler.adapters.aws.clients import Clients, forget_session
from autoscaler.core.ledger import Phase
from tests.contracts.topic_contract import pointer
from tests.functions.lab import (
    FUNCTIONS,
    Lab,
    every_minute,
    lab,
    over_sns,
    record,
)
from tests.functions.stored import in_table, push
from tests.real.aws import CREDENTIALS, account
from tests.real.lambda_runtime import Function

pytestmark = pytest.mark.slow

Start = Callable[..., Function]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """The account behind an address, so that processes see it too."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    forget_session()
    with account() as found, lab(Clients(), tmp_path) as made:
        made.environment |= {**CREDENTIALS, "AWS_ENDPOINT_URL": found.url}
        made.account = found
        yield made


@pytest.fixture
def start(here: Lab) -> Iterator[Start]:
    with ExitStack() as running:

        def started(name: str, **changes: str) -> Function:
            environment = {**here.environment, "AWS_SDK_UA_APP_ID": name, **changes}
            handler = f"functions/aws/{name}.handler"
            return running.enter_context(Function(handler, environment, here.folder))

        yield started


def body(key: str, **changes: str) -> str:
    return pointer(key).model_copy(update=changes).model_dump_json()


def test_the_poller_ticks_cold_and_warm_and_when_it_is_poked(start: Start) -> None:
    poller = start("poller")
    cold, warm = (poller.invoke(every_minute()) for _ in range(2))
    poke = over_sns({"Records": [record(body("", kind="poke"), "m", "poke")]})
    poked = poller.invoke(poke)
    assert [each.payload for each in (cold, warm, poked)] == [{"gens": [n]} for n in (1, 2, 3)]
    assert warm.seconds < cold.seconds
    ticks = [json.loads(line) for line in poller.log.splitlines() if '"ticked"' in line]
    assert [line["cold_start"] for line in ticks] == [True, False, False]
    assert {line["deployment"] for line in ticks} == {"lab"}
    assert "secret" not in poller.log


def test_a_waiting_task_becomes_a_machine(here: Lab, start: Start) -> None:
    here.enqueue()
    poke = over_sns({"Records": [record(body("", kind="poke"), "m", "poke")]})
    poller, launcher = start("poller"), start("launcher")
    poller.invoke(poke)
    assert launcher.invoke(here.taken("launch")).payload == {"batchItemFailures": []}
    poller.invoke(poke)
    (row,) = here.instances()
    assert (row.phase, row.type) == (Phase.BOOTING, "t3.small"), row.reason
    (reservation,) = here.clients.ec2().describe_instances()["Reservations"]
    (machine,) = reservation["Instances"]
    assert machine["InstanceId"] == row.instance_id
    assert {name: here.account.asked_by(name) for name in ("poller", "launcher")} == {
        "poller": {
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:TransactWriteItems",
            "ec2:DescribeInstances",
            "sns:PublishBatch",
            "ssm:GetParameters",
        },
        "launcher": {
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:TransactWriteItems",
            "ec2:RunInstances",
            "ssm:GetParameters",
            "ssm:PutParameter",
        },
    }


def test_a_warm_function_goes_by_what_was_pushed_since(here: Lab, start: Start) -> None:
    def push_maximum(number: int) -> None:
        machines = {"provider": "ec2", "types": ["t3.small"], "max_instances": number}
        push(here, **machines)

    here.enqueue()
    push_maximum(0)
    poke = over_sns({"Records": [record(body("", kind="poke"), "m", "poke")]})
    poller = start("poller", **in_table(here).environment)
    poller.invoke(poke)
    before = here.taken("launch")["Records"]
    push_maximum(1)
    poller.invoke(poke)
    ticks = [json.loads(line) for line in poller.log.splitlines() if '"ticked"' in line]
    assert [line["cold_start"] for line in ticks] == [True, False]
    assert (len(before), len(here.taken("launch")["Records"])) == (0, 1)


@pytest.mark.parametrize(("name", "kind"), [("launcher", "launch"), ("reaper", "reap")])
def test_half_of_a_batch_comes_again(start: Start, name: str, kind: str) -> None:
    function = start(name)
    good = record(body("of no row", kind=kind), "good", kind)
    bad = record("{", "bad", kind)
    assert function.invoke({"Records": [good]}).payload == {"batchItemFailures": []}
    halved = function.invoke({"Records": [bad, good]})
    assert halved.payload == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    whole = function.invoke({"Records": [bad]})
    assert (whole.payload, whole.error) == (halved.payload, "")
    assert "message_poisoned" in function.log


def test_a_poisoned_record_is_set_aside_after_its_receives_and_told(
    here: Lab, start: Start
) -> None:
    sqs = here.clients.sqs()
    dead = "arn:aws:sqs:eu-central-1:123456789012:dead"
    policy = json.dumps({"maxReceiveCount": "5", "deadLetterTargetArn": dead})
    url = sqs.create_queue(QueueName="poisoned", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=body("1", v="2"))
    launcher = start("launcher")
    attempts = 0
    while found := sqs.receive_message(QueueUrl=url, VisibilityTimeout=0).get("Messages"):
        batch = {"Records": [record(each["Body"], each["MessageId"], "launch") for each in found]}
        assert launcher.invoke(batch).payload["batchItemFailures"]
        attempts += 1
    assert attempts == 5
    alarm = {"detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch"}
    assert start("watcher").invoke(alarm).error == ""
    (mail,) = here.taken("alerts")["Records"]
    assert "given up" in json.loads(mail["body"])["Message"]


def test_the_watcher_hears_ec2_and_refuses_what_is_none_of_its(start: Start) -> None:
    watcher = start("watcher")
    notice = {
        "detail-type": "EC2 Spot Instance Interruption Warning",
        "time": "2026-01-01T12:00:00Z",
        "detail": {"instance-id": "i-0123456789abcdef0", "instance-action": "terminate"},
    }
    assert watcher.invoke(notice).error == ""
    refused = watcher.invoke({"detail-type": "Scheduled Event"})
    assert refused.payload["errorType"] == "PoisonError"
    assert watcher.invoke(notice).error == ""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_without_its_table_says_so_at_its_start(start: Start, name: str) -> None:
    failed = start(name, TABLE="").invoke({})
    assert failed.payload["errorType"] == "ConfigError"
    assert "TABLE: set this variable" in failed.payload["errorMessage"]


def test_a_login_is_not_sent_to_a_server_that_it_is_not_for(here: Lab, start: Start) -> None:
    here.clients.ssm().put_parameter(
        Name="/lab/api_server", Value="https://api.clear.ml", Type="String", Overwrite=True
    )
    failed = start("poller").invoke(every_minute())
    assert failed.payload["errorType"] == "ConfigError"
    assert "it is for https://api.clear.ml, so it is not sent to" in failed.payload["errorMessage"]
    assert not len(here.clearml.log)


def test_a_new_key_is_read_once_clearml_has_refused_the_old_one(here: Lab, start: Start) -> None:
    here.store_secret("an old secret")
    poller = start("poller")
    assert poller.invoke(every_minute()).payload == {"gens": [1]}
    here.store_secret("secret")
    assert poller.invoke(every_minute()).payload == {"gens": [2]}
    logins = [line.status for line in here.clearml.log.of("auth.login")]
    assert (logins[0], logins[-1]) == (401, 200)
