"""A real event in, a call out: each function over DynamoDB, SNS, SQS and SSM of moto's."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from autoscaler.core.ledger import Fence, Phase, Ref
from tests.contracts.topic_contract import pointer
from tests.functions.lab import Context, Lab, Loader, every_minute, over_sns, record

CONTEXT = Context()


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def ended(instance_id: str) -> dict[str, Any]:
    return {
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "time": "2026-01-01T12:00:00Z",
        "detail": {"instance-id": instance_id, "state": "terminated"},
    }


def test_an_empty_queue_is_looked_at_once_a_minute(here: Lab, load: Loader) -> None:
    assert load("poller").handler(every_minute(), CONTEXT) == {"gens": [1]}
    assert not here.waits
    assert not here.taken("launch")["Records"]


def test_a_waiting_task_becomes_an_order_and_the_order_a_machine(here: Lab, load: Loader) -> None:
    here.enqueue()
    load("poller").handler(every_minute(), CONTEXT)
    orders = here.taken("launch")
    assert load("launcher").handler(orders, CONTEXT) == {"batchItemFailures": []}
    (row,) = here.instances()
    assert (row.phase, row.compute) == (Phase.BOOTING, "ec2")
    assert [order.launch for order in load.cloud.calls] == [row.launch]


def test_an_order_that_comes_twice_starts_one_machine(here: Lab, load: Loader) -> None:
    here.enqueue()
    load("poller").handler(every_minute(), CONTEXT)
    orders = here.taken("launch")
    launcher = load("launcher")
    launcher.handler(orders, CONTEXT)
    launcher.handler(orders, CONTEXT)
    assert len(load.cloud.calls) == 1


def test_while_a_machine_is_on_its_way_the_poller_ticks_six_times_in_its_minute(
    here: Lab, load: Loader
) -> None:
    here.enqueue()
    answer = load("poller").handler(every_minute(), CONTEXT)
    assert answer == {"gens": [1, 2, 3, 4, 5, 6]}
    assert len(here.waits) == 5
    assert 49 < sum(here.waits) <= 150  # nobody really waited, so the waits add up


def test_a_poke_ticks_once_even_then_and_breeds_no_other(here: Lab, load: Loader) -> None:
    here.enqueue()
    load("poller").handler(every_minute(), CONTEXT)
    load("launcher").handler(here.taken("launch"), CONTEXT)
    assert not here.taken("poke")["Records"]
    (row,) = here.instances()
    load("watcher").handler(ended(row.instance_id), CONTEXT)
    pokes = here.taken("poke")
    assert load("poller").handler(over_sns(pokes), CONTEXT) == {"gens": [7]}
    assert not here.taken("poke")["Records"]


def test_an_end_of_somebody_elses_machine_wakes_nobody(here: Lab, load: Loader) -> None:
    load("watcher").handler(ended("i-0123456789abcdef0"), CONTEXT)
    assert not here.taken("poke")["Records"]


def test_a_bad_record_comes_again_and_the_good_one_beside_it_does_not(
    here: Lab, load: Loader
) -> None:
    here.enqueue()
    load("poller").handler(every_minute(), CONTEXT)
    orders = here.taken("launch")
    orders["Records"].insert(0, record("{", "poisoned", "launch"))
    answer = load("launcher").handler(orders, CONTEXT)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "poisoned"}]}
    assert len(load.cloud.calls) == 1


def test_a_machine_that_is_to_go_is_asked_and_goes(here: Lab, load: Loader) -> None:
    here.enqueue()
    load("poller").handler(every_minute(), CONTEXT)
    load("launcher").handler(here.taken("launch"), CONTEXT)
    (row,) = here.instances()
    leaving = {"phase": Phase.TERMINATING, "forced": True, "next_check": None}
    here.state.commit(put=[row.model_copy(update=leaving)])
    load("poller").handler(every_minute(), CONTEXT)
    reaps = here.taken("reap")
    assert reaps["Records"]
    assert load("reaper").handler(reaps, CONTEXT) == {"batchItemFailures": []}
    assert not load.cloud.living()


def test_a_reaper_whose_login_is_refused_reads_it_anew_for_the_next_try(
    here: Lab, load: Loader
) -> None:
    here.enqueue()
    load("poller").handler(every_minute(), CONTEXT)
    load("launcher").handler(here.taken("launch"), CONTEXT)
    (row,) = here.instances()
    here.state.commit(put=[row.model_copy(update={"phase": Phase.TERMINATING})])
    reap = pointer(row.key).model_copy(update={"kind": "reap"}).model_dump_json()
    batch = {"Records": [record(reap, "m", "reap")]}
    reaper = load("reaper")
    here.store_secret("an old secret")
    assert reaper.handler(batch, CONTEXT)["batchItemFailures"]
    here.store_secret("secret")
    assert not reaper.handler(batch, CONTEXT)["batchItemFailures"]
    assert not load.cloud.living()


def test_a_dead_letter_is_told_when_its_alarm_goes_off_and_stays(here: Lab, load: Loader) -> None:
    alarm = {"detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch"}
    here.clients.sqs().send_message(QueueUrl=here.environment["DEAD_LETTERS"], MessageBody="{")
    load("watcher").handler(alarm, CONTEXT)
    (mail,) = here.taken("alerts")["Records"]
    assert "a message that is none of ours" in json.loads(mail["body"])["Message"]
    assert here.taken("dead")["Records"]


def test_a_poke_that_comes_twice_orders_nothing_twice(here: Lab, load: Loader) -> None:
    here.enqueue()
    poller = load("poller")
    poke = pointer().model_copy(update={"kind": "poke"}).model_dump_json()
    event = over_sns({"Records": [record(poke, "m", "poke")]})
    assert [poller.handler(event, CONTEXT)["gens"] for _ in range(3)] == [[1], [2], [3]]
    assert len(here.taken("launch")["Records"]) == 1
    assert not here.waits


def test_a_second_planner_ends_its_tick_at_the_lease(here: Lab, load: Loader) -> None:
    poller = load("poller")
    poller.handler(every_minute(), CONTEXT)
    fence = here.state.read(Ref("fence", "lab"))
    assert isinstance(fence, Fence)
    held = {"lease_owner": "another", "lease_until": datetime(2100, 1, 1, tzinfo=UTC)}
    here.state.commit(put=[fence.model_copy(update=held)])
    asked = len(here.clearml.log)
    assert poller.handler(every_minute(), CONTEXT) == {"gens": [0] * 6}
    assert len(here.clearml.log) == asked


def test_a_log_line_is_json_with_the_deployment_and_the_ticks_generation(
    here: Lab, load: Loader, capsys: pytest.CaptureFixture[str]
) -> None:
    here.enqueue()
    load("poller").handler(every_minute(), CONTEXT)
    lines = said(capsys)
    ticks = [line for line in lines if line.get("message") == "ticked"]
    assert [(line["deployment"], line["gen"]) for line in ticks] == [
        ("lab", n) for n in range(1, 7)
    ]
    assert ticks[0]["ordered"]
    assert {line["function_request_id"] for line in ticks} == {CONTEXT.aws_request_id}
    assert any("_aws" in line for line in lines)


def test_a_library_line_of_a_service_is_structured_too(
    load: Loader, capsys: pytest.CaptureFixture[str]
) -> None:
    load("reaper").handler({"Records": [record("{", "m", "reap")]}, CONTEXT)
    (line,) = said(capsys)
    assert (line["message"], line["message_id"], line["deployment"]) == (
        "message_poisoned",
        "m",
        "lab",
    )
