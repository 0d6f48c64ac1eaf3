"""A configuration with some keys changed."""

from datetime import timedelta

import pytest

from autoscaler.config import Config, parse
from autoscaler.config.what_if import what_if
from autoscaler.errors import ConfigError

TEXT = """\
clearml: {api: "https://api.example.com"}
max_instances: 9
autoscalers:
  - name: team
    max_idle: 10m
    resources:
      - {name: cpu, provider: process, queues: [cpu], max_instances: 3}
      - {name: gpu, provider: process, queues: [gpu], max_instances: 4, slots: 2}
  - name: lab
    resources:
      - {name: cpu, provider: process, queues: [lab], max_instances: 5}
"""


@pytest.fixture(scope="module")
def config() -> Config:
    return parse(TEXT)


def limits(config: Config) -> list[int]:
    return [r.max_instances for a in config.autoscalers for r in a.resources]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param("team.cpu.max_instances=7", [7, 4, 5], id="of one resource"),
        pytest.param("team.*.max_instances=7", [7, 7, 5], id="of an autoscaler's resources"),
        pytest.param("*.cpu.max_instances=7", [7, 4, 7], id="of those of one name"),
        pytest.param("*.*.max_instances=7", [7, 7, 7], id="of all"),
        pytest.param("max_instances=7", [3, 4, 5], id="of the top, which has it too"),
    ],
)
def test_a_key_of_resources_is_changed(config: Config, changes: str, found: list[int]) -> None:
    assert limits(what_if(config, changes)) == found


def test_a_key_of_the_top_is_changed_with_those_inside(config: Config) -> None:
    changed = what_if(config, "max_instances=2 budget.day=40")

    assert changed.max_instances == 2
    assert changed.budget
    assert changed.budget.day == 40


def test_a_key_that_only_autoscalers_have_is_changed_in_all_of_them(config: Config) -> None:
    changed = what_if(config, "max_idle=5m")

    assert [a.max_idle for a in changed.autoscalers] == [timedelta(minutes=5)] * 2


def test_a_key_that_only_resources_have_is_changed_in_all_of_them(config: Config) -> None:
    changed = what_if(config, "slots=3")

    assert [r.slots for a in changed.autoscalers for r in a.resources] == [3, 3, 3]


def test_the_configuration_itself_stays_as_it_is(config: Config) -> None:
    what_if(config, "max_idle=5m budget.day=1")

    assert config == parse(TEXT)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param("", "--what-if: write KEY=VALUE", id="nothing"),
        pytest.param("max_idle", "--what-if = max_idle: write KEY=VALUE", id="no value"),
        pytest.param("nope=1", "--what-if = nope: there is no such key", id="no such key"),
        pytest.param("team=1", "--what-if = team: there is no such key", id="no key at all"),
        pytest.param("team.nope.slots=1", "there is no such key", id="no such resource"),
        pytest.param("budget.day=[", "the value is no YAML", id="no YAML"),
        pytest.param(
            "team.max_idle=soon",
            "--what-if autoscalers[0].max_idle = soon: write a length of time",
            id="a value that the key does not take",
        ),
        pytest.param("team.cpu.nope=1", "autoscalers[0].resources[0].nope", id="an unknown key"),
    ],
)
def test_what_cannot_be_is_refused(config: Config, changes: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        what_if(config, changes)

    assert said in str(raised.value)
    assert "(line" not in str(raised.value)
