"""What holds for any text and any configuration."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscaler.config import Config, parse, render
from autoscaler.config.layout import SECTIONS
from autoscaler.config.references import is_reference
from tests.config.example import SECOND, SOUND, problems

pytestmark = pytest.mark.slow

NAMES = st.from_regex("[a-z0-9]([a-z0-9_-]{0,38}[a-z0-9])?", fullmatch=True)
SPANS = st.integers(1, 365 * 86400).map(lambda seconds: f"{seconds}s")
COUNTS = st.integers(0, 50)
TEXTS = st.text(st.characters(exclude_categories=["C"]), max_size=20).filter(
    lambda text: not is_reference(text)
)
QUEUES = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=3, max_size=20)
VARIABLES = st.from_regex("MY_[A-Z]{1,8}_X", fullmatch=True)
RESOURCES = st.fixed_dictionaries(
    {
        "provider": st.just("process"),
        "queues": st.lists(QUEUES, min_size=1, max_size=3, unique=True),
        "max_instances": COUNTS,
    },
    optional={
        "slots": st.integers(1, 8),
        "max_idle": SPANS,
        "hourly_price": st.floats(0, 1000, width=32).map(lambda price: round(price, 4)),
        "cpu_only": st.booleans(),
        "environment": st.dictionaries(VARIABLES, TEXTS, max_size=2),
        "image": st.none() | TEXTS,
    },
)
WHOLE = st.fixed_dictionaries(
    {
        "clearml": st.just({"api": "http://localhost:8008", "secret_key": "env:KEY"}),
        "autoscalers": st.dictionaries(
            NAMES,
            st.dictionaries(NAMES, RESOURCES, min_size=1, max_size=3),
            min_size=1,
            max_size=3,
        ),
    },
    optional={
        "deployment": NAMES,
        "polling_interval": SPANS,
        "on_shutdown": st.sampled_from(["leave", "idle", "all"]),
        "max_instances": COUNTS,
    },
)


def named(parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, **part} for name, part in parts.items()]


def data(whole: dict[str, Any]) -> dict[str, Any]:
    autoscalers = {n: {"resources": named(r)} for n, r in whole["autoscalers"].items()}
    return whole | {"autoscalers": named(autoscalers)}


@given(WHOLE)
@settings(deadline=None, max_examples=25)
def test_a_configuration_survives_being_written(whole: dict[str, Any]) -> None:
    config = parse(yaml.safe_dump(data(whole), allow_unicode=True))

    assert isinstance(config, Config)
    assert parse(render(config)) == config
    assert parse(render(config)).deployment() == config.deployment()


@given(WHOLE)
@settings(deadline=None, max_examples=25)
def test_json_and_yaml_are_read_the_same(whole: dict[str, Any]) -> None:
    price_free = json.loads(json.dumps(data(whole)), parse_float=lambda _: 1)

    assert parse(json.dumps(price_free)) == parse(yaml.safe_dump(price_free))


def refused_or_read(text: str) -> None:
    for problem in problems(text):
        assert problem.field
        assert problem.remedy
        assert str(problem).encode()


@given(st.text() | st.text(alphabet="{}[]:-?&*!|>'\"%@`#,\\ \n\tax01.~<U"))
@settings(deadline=None)
def test_no_text_raises_anything_but_a_config_error(text: str) -> None:
    refused_or_read(text)


@given(st.data())
@settings(deadline=None)
def test_no_spoilt_configuration_raises_anything_but_a_config_error(draw: st.DataObject) -> None:
    whole = SOUND + SECOND
    start = draw.draw(st.integers(0, len(whole)))
    end = draw.draw(st.integers(start, min(len(whole), start + 20)))
    patch = draw.draw(st.text(max_size=10) | st.text("{}[]:-&*!'\" \n1x", max_size=10))

    refused_or_read(whole[:start] + patch + whole[end:])


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
KEYS = st.sampled_from(
    sorted({key for section in SECTIONS.values() for key in section.key_names()})
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=30,
)


@given(st.dictionaries(KEYS, TREES))
@settings(deadline=None, max_examples=50)
def test_no_tree_of_known_keys_raises_anything_but_a_config_error(tree: dict[str, Any]) -> None:
    refused_or_read(yaml.safe_dump(tree, allow_unicode=True))
