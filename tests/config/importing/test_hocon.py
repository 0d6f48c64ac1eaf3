"""The text that ClearML's SDK makes of a dictionary, read back."""

import json
from typing import Any

import pytest
from clearml.utilities.config import config_dict_to_text
from hypothesis import given, settings
from hypothesis import strategies as st

from autoscaler.config.importing.hocon import parse

# what its writer keeps as it is: https://github.com/lightbend/config/blob/main/HOCON.md
KEYS = st.from_regex("[a-z][a-z0-9_ -]{0,10}[a-z0-9]", fullmatch=True)
WORDS = st.text(st.characters(codec="ascii", exclude_categories=["C"], exclude_characters='"\\$'))
LEAVES = st.none() | st.booleans() | st.integers(-1000, 1000) | WORDS
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=12,
    ),
    max_size=4,
)


@pytest.mark.slow  # the SDK takes its time
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # its own
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            {
                "resource_configurations": {
                    "gpu": {
                        "instance_type": "g4dn.4xlarge",
                        "is_spot": False,
                        "ebs_volume_size": 100,
                        "price": 1.5,
                        "security_group_ids": ["sg-1", "sg-2"],
                        "extra_configurations": {"Placement": {"Tenancy": "default"}},
                        "nothing": None,
                    }
                },
                "queues": {"gpu queue": [["gpu", 2], ["cpu", 3]], "a.b": [["gpu", 1]]},
            },
            id="what an autoscaler writes",
        ),
        pytest.param({"script": "echo 'a'\n# no comment\necho \"b\" {}\n"}, id="a script"),
        pytest.param({"empty": {}, "list": [], "text": ""}, id="what is empty"),
    ],
)
def test_what_the_sdk_writes_is_read_back(data: dict[str, Any]) -> None:
    assert parse(config_dict_to_text(data)) == data


@pytest.mark.slow
@given(TREES)
@settings(deadline=None, max_examples=150)
def test_json_is_read_as_well(tree: dict[str, Any]) -> None:
    assert parse(json.dumps(tree)) == tree


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a = [1, 2", id="a list without an end"),
        pytest.param('a = "x', id="quotes without an end"),
        pytest.param("{a = 1", id="braces without an end"),
        pytest.param("a = 1 }", id="an end without a beginning"),
        pytest.param("= 1", id="no key"),
        pytest.param("{" * 50, id="too deep"),
        pytest.param("a = " + "[" * 5000, id="much too deep"),
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


@given(st.text(alphabet='{}[]=:"\\ \n,#ab1.'))
@settings(deadline=None)
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        parse(text)
    except ValueError:
        return
