"""The pages that are made of the models."""

import json
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import yaml
from hypothesis import given
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from autoscaler.config import json_schema, parse, reference, render, starter
from autoscaler.config.importing import of_text
from tests.config.example import SECOND, SOUND, edited
from tests.config.importing.examples import FILE, FORM
from tests.config.test_properties import WHOLE, data

DOCS = Path(__file__).parents[2] / "docs"
VALIDATOR = Draft202012Validator(json.loads(json_schema()))
REMAKE = "run: python -m autoscaler.config docs"


def test_the_configuration_page_is_fresh() -> None:
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == reference(), REMAKE


def test_the_schema_is_fresh() -> None:
    assert (DOCS / "autoscaler.schema.json").read_text(encoding="utf-8") == json_schema(), REMAKE


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(starter(), id="the starter"),
        pytest.param(SOUND + SECOND, id="a configuration of two autoscalers"),
    ],
)
def test_the_schema_accepts(text: str) -> None:
    Draft202012Validator.check_schema(VALIDATOR.schema)

    VALIDATOR.validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    "settings", [pytest.param(FILE, id="a file"), pytest.param(json.dumps(FORM), id="a form")]
)
def test_the_schema_accepts_what_is_imported(settings: str) -> None:
    found = of_text(settings, "x", name="x", api="https://api.clear.ml")

    VALIDATOR.validate(yaml.safe_load(found.text))


@pytest.mark.slow
@given(WHOLE)
@hypothesis.settings(deadline=None, max_examples=50)
def test_the_schema_accepts_what_the_models_accept(whole: dict[str, Any]) -> None:
    written = data(whole)
    config = parse(yaml.safe_dump(written, allow_unicode=True))
    for autoscaler in written["autoscalers"]:
        for resource in autoscaler["resources"]:
            resource.pop("image", None)  # an editor may point at a key without a value

    VALIDATOR.validate(written)
    VALIDATOR.validate(yaml.safe_load(render(config)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("deployment:", "wrokdir: x\ndeployment:", id="an unknown key"),
        pytest.param("provider: process", "provider: moon", id="an unknown provider"),
        pytest.param("max_instances: 3", "max_instances: -1", id="a number below nothing"),
        pytest.param("max_instances: 3", "max_instances: 3\n        max_idle: 15", id="no unit"),
        pytest.param("name: team", "name: Team A", id="no name"),
        pytest.param("        queues: [cpu, default]\n", "", id="a key that is missing"),
        pytest.param("api: https", "access_key: hunter2\n  api: https", id="a secret"),
    ],
)
def test_the_schema_refuses(old: str, new: str) -> None:
    assert not VALIDATOR.is_valid(yaml.safe_load(edited(old, new)))
