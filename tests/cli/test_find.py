"""Which instance a person means."""

import pytest

from autoscaler.cli.find import find, short_names
from autoscaler.core.ledger import Instance
from autoscaler.errors import ConfigError
from tests.cli.lab import FIRST, SECOND, Lab


@pytest.fixture
def rows(lab: Lab) -> list[Instance]:
    return [lab.instance(f"{FIRST}.0"), lab.instance(f"{FIRST}.1"), lab.instance(f"{SECOND}.0")]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        pytest.param(f"{FIRST}.1", f"{FIRST}.1", id="its key"),
        pytest.param("5N1A.1", f"{FIRST}.1", id="the end of its key, as status shows it"),
        pytest.param("5n1a.1", f"{FIRST}.1", id="in small letters"),
        pytest.param("01KB3SC", f"{SECOND}.0", id="the beginning of its key"),
        pytest.param(f"{SECOND}-1-0", f"{SECOND}.0", id="its machine"),
        pytest.param(f"dynamic_team:cpu:process:{FIRST}-1-0", f"{FIRST}.0", id="its worker"),
    ],
)
def test_an_instance_has_many_names(rows: list[Instance], words: str, key: str) -> None:
    assert find(words, rows).key == key


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        pytest.param("nobody", "no such instance", id="none"),
        pytest.param("", "no such instance", id="nothing written"),
        pytest.param(FIRST, "2 instances match", id="the beginning of two"),
        pytest.param(".0", "2 instances match", id="the end of two"),
    ],
)
def test_a_name_of_none_or_of_many_is_refused(
    rows: list[Instance], words: str, remedy: str
) -> None:
    with pytest.raises(ConfigError, match=remedy):
        find(words, rows)


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        pytest.param([], [], id="none"),
        pytest.param([f"{FIRST}.0"], ["5N1A.0"], id="one"),
        pytest.param([f"{FIRST}.0", f"{FIRST}.10"], ["5N1A.0", "5N1A.10"], id="of one launch"),
        pytest.param(["AXYZ1.0", "BXYZ1.0"], ["AXYZ1.0", "BXYZ1.0"], id="longer when needed"),
        pytest.param(["i-0abc", "i-0def"], ["0abc", "0def"], id="keys without an index"),
    ],
)
def test_short_names_tell_instances_apart(keys: list[str], names: list[str]) -> None:
    assert [short_names(keys)[key] for key in keys] == names
