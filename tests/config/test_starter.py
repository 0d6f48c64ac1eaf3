"""The configuration to start from."""

import pytest

from autoscaler.config import parse, starter
from autoscaler.config.layout import SECTIONS, in_short
from autoscaler.errors import ConfigError
from tests.config.example import problems

LINES = starter().splitlines()
TOGETHER = ("agent_access_key", "agent_secret_key")


def test_it_loads_as_it_stands() -> None:
    deployment = parse(starter()).deployment()

    assert deployment.queue_refs == ("default",)
    assert deployment.max_instances == 4


def test_it_has_every_key_with_its_meaning() -> None:
    for place, section in SECTIONS.items():
        if in_short(place) or {"ec2", "gce"} & set(place):
            continue
        for name, field in section.model_fields.items():
            key = field.alias or name
            lines = [line for line in LINES if line.lstrip(" #-").startswith(f"{key}:")]
            assert lines, key
            if key not in {"clearml", "autoscalers", "resources"}:
                assert any(line.endswith(f"# {field.description}") for line in lines), key


def test_a_part_that_may_be_left_out_is_shown_on_one_line() -> None:
    shown = {place for place in SECTIONS if in_short(place) and in_short(place[:-1])}
    of_clouds = {place for place in SECTIONS if {"ec2", "gce"} & set(place)}
    whole = {place[-1] for place in set(SECTIONS) - of_clouds if in_short(place)} - {
        place[-1] for place in shown
    }
    parts = {"budget", "queue_budgets", "lost_tasks", "schedule", "aws", "gcp", "machine"}
    assert whole == parts


def test_no_line_is_too_wide_for_a_screen() -> None:
    assert max(map(len, LINES)) <= 100


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(i, id=line.split("# ")[1].strip())
        for i, line in enumerate(LINES)
        if line.lstrip().startswith("# ") and i > 1 and not any(k in line for k in TOGETHER)
    ],
)
def test_each_key_that_is_switched_off_may_be_switched_on(number: int) -> None:
    lines = [line.replace("# ", "", 1) if i == number else line for i, line in enumerate(LINES)]

    assert problems("\n".join(lines)) == []


def test_it_names_the_queues_of_the_users_server() -> None:
    queues = ["default", "GPU A100", "GPU-A100", "服务器", "yes: no #1", "default"]

    config = parse(starter(queues, api="http://clearml.lab:8008"))

    assert config.deployment().queue_refs == tuple(dict.fromkeys(queues))
    assert list(config.by_key) == [
        "team/default",
        "team/gpu-a100",
        "team/queue-3",
        "team/queue-4",
        "team/yes-no-1",
    ]
    assert config.clearml.api == "http://clearml.lab:8008"


def test_without_any_queue_it_names_the_one_that_every_server_has() -> None:
    assert starter([]) == starter()


def test_its_first_line_names_the_schema_when_there_is_one() -> None:
    first = starter(schema="autoscaler.schema.json").partition("\n")[0]

    assert first == "# yaml-language-server: $schema=autoscaler.schema.json"
    assert "schema" not in starter()


def test_an_address_that_is_not_the_api_is_told_before_anything_is_written() -> None:
    with pytest.raises(ConfigError):
        starter(api="https://app.clear.ml")
