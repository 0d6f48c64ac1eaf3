"""JSON, as the packaged configuration is: read without the YAML reader, and explained with it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autoscaler.config import Config, parse
from autoscaler.errors import ConfigError
from tests.config.example import SOUND

READS = """
import sys
from autoscaler.config import load
print(load(sys.argv[1]).name, "yaml" in sys.modules)
"""


def as_json(config: Config) -> str:
    return config.model_dump_json(by_alias=True, exclude_defaults=True, indent=2)


def test_it_is_the_same_configuration() -> None:
    written = parse(SOUND)
    assert parse(as_json(written)) == written


@pytest.mark.parametrize(("name", "used"), [("a.json", False), ("a.yaml", True)])
def test_only_what_is_no_json_needs_the_yaml_reader(tmp_path: Path, name: str, used: bool) -> None:
    file = tmp_path / name
    file.write_text(SOUND if used else as_json(parse(SOUND)))
    ran = subprocess.run(  # noqa: S603  our own arguments
        [sys.executable, "-c", READS, str(file)], check=True, capture_output=True, text=True
    )
    assert ran.stdout.split() == ["lab", str(used)]


def test_a_mistake_is_told_with_its_line() -> None:
    data = json.loads(as_json(parse(SOUND)))
    data["autoscalers"][0]["resources"][0]["max_instances"] = "three"
    with pytest.raises(ConfigError) as caught:
        parse(json.dumps(data, indent=2))
    (problem,) = caught.value.problems
    assert problem.field.startswith("autoscalers[0].resources[0].max_instances (line ")
    assert "(line 1)" not in problem.field


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("{", '{"deployment": "a", ', "written twice", id="a key that comes twice"),
        pytest.param(
            '"max_instances": 3', '"max_instances": NaN', "max_instances", id="no number"
        ),
        pytest.param("}", "", "bracket", id="an end that is missing"),
        pytest.param("{", "[" * 5000 + "{", "nested too deep", id="too deep"),
    ],
)
def test_what_json_alone_would_let_pass_or_choke_on_is_told(old: str, new: str, said: str) -> None:
    text = as_json(parse(SOUND))
    assert old in text
    with pytest.raises(ConfigError, match=said):
        parse(text.replace(old, new, 1))
