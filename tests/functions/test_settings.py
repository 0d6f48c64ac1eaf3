"""What people set in the table counts in the functions, warm or cold: prices, configurations."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from autoscaler.adapters.aws.clients import Clients
from autoscaler.core.ledger import Phase, PriceRow, Ref, Told
from autoscaler.errors import ConfigError
from autoscaler.hosts.aws import Aws
from autoscaler.hosts.aws_in_force import InForce
from autoscaler.hosts.aws_settings import Settings
from tests.adapters.aws.dynamodb.meter import Meter, Units
from tests.contracts.state_rows import AT
from tests.contracts.topic_contract import pointer
from tests.functions.lab import Context, Lab, Loader, configuration, every_minute, record
from tests.functions.stored import edit, in_table, push
from tests.real.aws import REGION

CONTEXT = Context()


def price(host: Aws) -> float | None:
    return host.priced.by_key["team/cpu"].dearest


def put_price(here: Lab, hourly: float) -> None:
    key = f"ec2:{REGION}"
    known = here.state.read(Ref("price", key))
    row = PriceRow(key=key, at=AT, hourly={"t3.small:on-demand": hourly})
    here.state.commit(put=[row.model_copy(update={"revision": known.revision if known else 0})])


def most(number: int) -> dict[str, Any]:
    return {
        "provider": "ec2",
        "types": ["t3.small"],
        "disk": {"size": 20},
        "max_instances": number,
    }


def maximum(in_force: InForce) -> int | None:
    return in_force.current().deployment.by_key["team/cpu"].max_instances


def test_a_price_that_was_looked_up_counts(here: Lab) -> None:
    put_price(here, 0.5)

    assert price(Aws(Settings.read(here.environment))) == 0.5


def test_without_a_table_the_shipped_price_counts(here: Lab) -> None:
    us = json.dumps({**configuration("http://x"), "aws": {"region": "us-east-1"}})
    Path(here.environment["CONFIG"]).write_text(us)
    settings = Settings.read({**here.environment, "TABLE": "none"})

    assert price(Aws(settings)) == price(InForce(settings, priced=True).current()) == 0.0208


def test_a_warm_function_sees_new_prices(here: Lab) -> None:
    put_price(here, 0.5)
    in_force = InForce(Settings.read(here.environment), priced=True)
    assert price(in_force.current()) == 0.5
    put_price(here, 0.25)

    assert price(in_force.current()) == 0.25


def test_while_nothing_changes_everything_stays_as_it_was_made(here: Lab) -> None:
    put_price(here, 0.5)
    push(in_table(here))
    in_force = InForce(Settings.read(here.environment), "poller", priced=True)

    assert in_force.current() is in_force.current()


@pytest.mark.parametrize(
    ("config", "priced", "reads"),
    [
        pytest.param("file", False, 0, id="a file, and no prices"),
        pytest.param("file", True, 1, id="a file: a read for the region's prices"),
        pytest.param("table:", False, 2, id="the table: one for it all, one for the autoscaler"),
        pytest.param("table:", True, 3, id="the table, and prices"),
    ],
)
def test_a_look_costs_as_many_reads_as_the_page_says(
    here: Lab, monkeypatch: pytest.MonkeyPatch, config: str, *, priced: bool, reads: int
) -> None:
    put_price(here, 0.5)
    push(here)
    changes = {"CONFIG": "table:"} if config == "table:" else {}
    meter = Meter(here.clients.dynamodb())
    monkeypatch.setattr(Clients, "dynamodb", lambda _: meter)
    in_force = InForce(Settings.read(here.environment | changes), priced=priced)
    meter.reset()

    in_force.current()

    assert meter.units == Units(read=reads, written=0)


def test_the_configuration_may_live_in_the_table(here: Lab) -> None:
    push(in_table(here))

    host = InForce(Settings.read(here.environment)).current()

    assert host.config.name == "lab"
    assert list(host.deployment.by_key) == ["team/cpu"]


def test_a_warm_function_sees_what_was_pushed(here: Lab) -> None:
    push(in_table(here), **most(3))
    in_force = InForce(Settings.read(here.environment))
    assert maximum(in_force) == 3
    push(here, **most(4))

    assert maximum(in_force) == 4


def test_a_warm_function_sees_what_was_edited_by_hand(here: Lab) -> None:
    push(in_table(here), **most(3))
    in_force = InForce(Settings.read(here.environment))
    edit(here, "max_instances: 3", "max_instances: 5")

    assert maximum(in_force) == 5


def test_without_any_configuration_a_function_says_how_to_push_it(here: Lab) -> None:
    environment = {**in_table(here).environment, "PACKAGED": "none.json"}

    with pytest.raises(ConfigError, match="autoscaler config push"):
        InForce(Settings.read(environment))


def test_a_warm_function_keeps_the_last_good_one_until_the_row_is_mended(
    here: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    push(in_table(here), **most(3))
    in_force = InForce(Settings.read(here.environment))
    edit(here, "max_instances: 3", "max_instances: many")

    assert [maximum(in_force) for _ in range(3)] == [3, 3, 3]
    told = [one for one in caplog.records if one.message == "configuration_unusable"]
    assert [re.findall("many", vars(one)["error"]) for one in told] == [["many"]]
    edit(here, "max_instances: many", "max_instances: 4")
    assert maximum(in_force) == 4


@pytest.mark.parametrize(
    ("key", "old", "new", "told"),
    [
        pytest.param(
            "*", "deployment: lab", "deployment: other", "the deployment is lab", id="another name"
        ),
        pytest.param(
            "team",
            "name: team",
            "name: team\naws: {region: eu-west-1}",
            "aws.region = eu-west-1: its roles may act elsewhere only: deploy again",
            id="a region that no role was made for",
        ),
        pytest.param(
            "team",
            "name: team",
            "name: team\naws: {role: 'arn:aws:iam::123456789012:role/x'}",
            "its roles may not take it on: deploy again",
            id="an account that no role was made for",
        ),
    ],
)
def test_what_the_deployment_was_not_made_for_does_not_count(
    here: Lab, caplog: pytest.LogCaptureFixture, key: str, old: str, new: str, told: str
) -> None:
    push(in_table(here), **most(3))
    in_force = InForce(Settings.read(here.environment))
    edit(here, old, new, key)

    assert in_force.current().config.name == "lab"
    assert maximum(in_force) == 3
    assert any(told in vars(one).get("error", "") for one in caplog.records)


def test_the_region_of_the_functions_may_be_written(here: Lab) -> None:
    push(in_table(here), **most(3))
    in_force = InForce(Settings.read(here.environment))
    edit(here, "name: team", f"name: team\naws: {{region: {REGION}}}")
    edit(here, "max_instances: 3", "max_instances: 4")

    assert maximum(in_force) == 4


def test_a_row_that_lost_its_text_is_kept_from_counting_too(here: Lab) -> None:
    push(in_table(here), **most(3))
    in_force = InForce(Settings.read(here.environment))
    here.clients.dynamodb().update_item(
        TableName=here.table,
        Key={"section": {"S": "setting"}, "row": {"S": "config/team"}},
        UpdateExpression="REMOVE #text",
        ExpressionAttributeNames={"#text": "text"},
    )

    assert maximum(in_force) == 3


def test_a_warm_poller_starts_machines_by_the_last_good_one_and_tells(
    here: Lab, load: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(in_table(here), **most(3))
    for name in ("CONFIG", "PACKAGED"):
        monkeypatch.setenv(name, here.environment[name])
    poller = load("poller")
    poller.handler(every_minute(), CONTEXT)
    edit(here, "max_instances: 3", "max_instances: many")
    here.enqueue(3)

    poller.handler(every_minute(), CONTEXT)

    assert here.taken("launch")["Records"]
    assert [row.key for row in here.state.live() if isinstance(row, Told)] == ["configuration"]
    edit(here, "max_instances: many", "max_instances: 3")
    poller.handler(every_minute(), CONTEXT)
    assert not [row for row in here.state.live() if isinstance(row, Told)]


def test_a_cold_poller_decides_nothing_by_the_packaged_file_and_tells(
    here: Lab, load: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(in_table(here), **most(3))
    edit(here, "max_instances: 3", "max_instances: many")
    for name in ("CONFIG", "PACKAGED"):
        monkeypatch.setenv(name, here.environment[name])
    here.enqueue(3)

    load("poller").handler(every_minute(), CONTEXT)

    assert not here.taken("launch")["Records"]
    assert [row.key for row in here.state.live() if isinstance(row, Told)] == ["configuration"]


def test_cold_functions_without_a_good_one_start_nothing_and_let_go_what_is_to_go(
    here: Lab, load: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.enqueue(2)
    load("poller").handler(every_minute(), CONTEXT)
    orders = here.taken("launch")
    load("launcher").handler(orders, CONTEXT)
    first, second = here.instances()
    leaving = {"phase": Phase.TERMINATING, "forced": True}
    waiting = {"phase": Phase.REQUESTED, "instance_id": ""}
    here.state.commit(put=[first.model_copy(update=leaving), second.model_copy(update=waiting)])
    push(in_table(here), **most(3))
    edit(here, "max_instances: 3", "max_instances: many")
    for name in ("CONFIG", "PACKAGED"):
        monkeypatch.setenv(name, here.environment[name])
    reap = pointer(first.key).model_copy(update={"kind": "reap"}).model_dump_json()

    answers = [
        load("launcher").handler(orders, CONTEXT),
        load("reaper").handler({"Records": [record(reap, "m", "reap")]}, CONTEXT),
    ]

    assert answers == [{"batchItemFailures": []}] * 2
    assert len(load.cloud.calls) == 1
    assert first.instance_id not in {one.instance_id for one in load.cloud.living()}
