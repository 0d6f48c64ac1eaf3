"""What the core gets of a configuration."""

from datetime import timedelta

import pytest

from autoscaler.config import parse
from autoscaler.core import fleet
from tests.config.example import SECOND, SOUND, edited

PREFIX = "workers_prefix: dynamic_team"
MOST = "max_instances: 3"


def resource(text: str) -> fleet.Resource:
    return parse(text).deployment().resources[0]


def test_the_defaults_are_those_of_clearmls_autoscalers() -> None:
    config = parse(SOUND)
    (found,) = config.deployment().resources

    assert config.polling_interval == timedelta(minutes=1)
    assert (found.max_idle, found.max_spin_up) == (timedelta(minutes=15), timedelta(minutes=30))
    assert (found.min_instances, found.slots) == (0, 1)
    assert config.on_shutdown == "leave"


def test_a_deployment_has_its_autoscalers_and_resources_in_the_order_of_the_file() -> None:
    deployment = parse("max_instances: 9\n" + SOUND + SECOND).deployment()

    assert (deployment.name, deployment.max_instances) == ("lab", 9)
    assert [a.prefix for a in deployment.autoscalers] == ["dynamic_team", "dynamic_night"]
    assert list(deployment.by_key) == ["team/cpu", "night/gpu"]
    assert deployment.queue_refs == ("cpu", "default", "gpu")


def test_a_process_is_shown_within_seconds_and_bought_in_one_way() -> None:
    found = resource(edited(MOST, f"{MOST}\n        type: desk\n        hourly_price: 0.1"))

    assert (found.compute, found.margin) == ("process", timedelta(seconds=5))
    assert found.offerings == (fleet.Offering(type="desk", hourly_price=0.1),)


def test_a_resources_own_time_counts_more_than_its_autoscalers() -> None:
    text = edited(PREFIX, "max_idle: 5m\n    max_spin_up: 6m")
    found = resource(text.replace(MOST, f"{MOST}\n        max_idle: 7m"))

    assert (found.max_idle, found.max_spin_up) == (timedelta(minutes=7), timedelta(minutes=6))


def test_settings_are_found_by_the_key_of_the_cores_resource() -> None:
    config = parse(SOUND + SECOND)

    assert set(config.by_key) == set(config.deployment().by_key)
    assert config.by_key["team/cpu"].name == "cpu"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(MOST, "max_instances: 5", id="another maximum"),
        pytest.param(MOST, f"{MOST}\n        min_instances: 1", id="a minimum"),
        pytest.param(MOST, f"{MOST}\n        max_idle: 1m", id="another idle limit"),
        pytest.param(MOST, f"{MOST}\n        hourly_price: 0.1", id="a price"),
        pytest.param(MOST, f"{MOST}\n        slots: 1", id="a default that is written"),
    ],
)
def test_what_shapes_no_machine_leaves_its_hash(old: str, new: str) -> None:
    assert resource(edited(old, new)).config_hash == resource(SOUND).config_hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(PREFIX, "workers_prefix: other", id="another prefix"),
        pytest.param("[cpu, default]", "[default, cpu]", id="another order of queues"),
        pytest.param(MOST, f"{MOST}\n        slots: 2", id="more slots"),
        pytest.param(MOST, f"{MOST}\n        image: python:3.12", id="another image"),
        pytest.param(MOST, f"{MOST}\n        environment: {{A: b}}", id="another environment"),
    ],
)
def test_what_shapes_a_machine_changes_its_hash(old: str, new: str) -> None:
    assert resource(edited(old, new)).config_hash != resource(SOUND).config_hash


def test_the_hash_is_the_same_in_every_process_and_release() -> None:
    assert resource(SOUND).config_hash == "880c9b3ebd6c5850"


def test_the_order_of_variables_shapes_nothing() -> None:
    one = edited(MOST, f"{MOST}\n        environment: {{A: x, B: y}}")
    other = edited(MOST, f"{MOST}\n        environment: {{B: y, A: x}}")

    assert resource(one).config_hash == resource(other).config_hash


@pytest.mark.parametrize("wish", ["leave", "idle", "all"])
def test_each_autoscaler_says_what_stops_when_it_is_removed(wish: str) -> None:
    text = edited(PREFIX, f"{PREFIX}\n    on_shutdown: {wish}")
    team, night = parse(text + SECOND).deployment().autoscalers

    assert (team.on_shutdown, night.on_shutdown) == (wish, "idle")
