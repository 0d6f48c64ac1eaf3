"""What holds for any configuration, and for any settings."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscaler.config import parse, render
from autoscaler.config.importing import of_settings, of_text
from autoscaler.config.importing.source import Said
from autoscaler.config.importing.words import GENERAL, RESOURCE
from autoscaler.config.importing.writing import values, written
from autoscaler.errors import ConfigError
from tests.config.test_properties import WHOLE, data

pytestmark = pytest.mark.slow

API = "https://api.clear.ml"
TEXTS = st.text(st.characters(exclude_categories=["C"]) | st.sampled_from("\n\t #:'\"|")).filter(
    lambda text: text.isprintable() or "\n" in text
)
LEAVES = st.builds(
    Said, st.booleans() | st.integers(0, 99) | TEXTS | st.lists(TEXTS, max_size=2), st.text()
)
NAMES = st.from_regex("[a-z_]{1,8}", fullmatch=True)
TREES = st.dictionaries(
    NAMES,
    st.recursive(
        LEAVES,
        lambda inner: (
            st.dictionaries(NAMES, inner, min_size=1, max_size=3)
            | st.lists(
                st.dictionaries(NAMES, inner, min_size=1, max_size=2), min_size=1, max_size=2
            )
        ),
        max_leaves=10,
    ),
    max_size=4,
)
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.just("a=b,c=d")
KEYS = st.sampled_from(sorted({*GENERAL, *GENERAL.values()}))
RESOURCE_KEYS = st.sampled_from(sorted({*RESOURCE, *RESOURCE.values()}))
SETTINGS = st.fixed_dictionaries(
    {
        "hyper_params": st.dictionaries(KEYS, VALUES, max_size=6),
        "resource_configurations": st.dictionaries(
            st.text(max_size=8), st.dictionaries(RESOURCE_KEYS, VALUES), min_size=1, max_size=3
        ),
    },
    optional={"queues": st.dictionaries(st.text(max_size=8), VALUES | st.lists(VALUES))},
)


@given(WHOLE)
@settings(deadline=None, max_examples=30)
def test_what_is_exported_is_imported_as_it_was(whole: dict[str, Any]) -> None:
    config = parse(yaml.safe_dump(data(whole), allow_unicode=True))

    found = of_text(render(config), "export.yaml", name="x", api=API)

    assert parse(found.text) == config
    assert (found.left, found.problems) == ((), ())


@given(TREES)
@settings(deadline=None, max_examples=150)
def test_comments_change_no_value(tree: dict[str, Any]) -> None:
    text = written(tree)

    assert (yaml.safe_load(text) or {}) == values(tree)


@given(SETTINGS)
@settings(deadline=None, max_examples=100)
def test_no_settings_raise_anything_but_a_config_error(found: dict[str, Any]) -> None:
    try:
        imported = of_settings(found, "x", name="x", api=API)
    except ConfigError:
        return
    assert yaml.safe_load(imported.text)
