"""The pages that are made of the models."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from autoscaler.config import json_schema, reference, starter
from tests.config.example import SECOND, SOUND

DOCS = Path(__file__).parents[2] / "docs"
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
    schema: dict[str, Any] = json.loads(json_schema())
    Draft202012Validator.check_schema(schema)

    Draft202012Validator(schema).validate(yaml.safe_load(text))


def test_the_schema_refuses_an_unknown_key() -> None:
    data = yaml.safe_load(SOUND) | {"wrokdir": "x"}

    assert not Draft202012Validator(json.loads(json_schema())).is_valid(data)
