"""Which instance a person means."""

import pytest

from autoscaler.cli.find import find, short_names
from autoscaler.core.ledger import Instance
from autoscaler.errors import ConfigError
from tests.cli.lab import FIRST, SECOND, Lab

ADOPTED = "01KB3SD0A2HK3F6P0E8S4G2V7C"


@pytest.fixture
def rows(lab: Lab) -> list[Instance]:
    ordered = [lab.instance(key) for key in (f"{FIRST}.0", f"{FIRST}.1", f"{SECOND}.0")]
    return [
        *ordered,
        ordered[0].model_copy(update={"key": f"{ADOPTED}-1-1", "instance_id": "m", "worker": "w"}),
    ]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        pytest.param(f"{FIRST}.1", f"{FIRST}.1", id="its key"),
        pytest.param("5N1A.1", f"{FIRST}.1", id="the end of its key, as status shows it"),
        pytest.param("5n1a.1", f"{FIRST}.1", id="in small letters"),
        pytest.param("01KB3SC", f"{SECOND}.0", id="the beginning of its key"),
        pytest.param(f"{SECOND}-1-0", f"{SECOND}.0", id="its machine"),
        pytest.param("2V7C.1", f"{ADOPTED}-1-1", id="an adopted one, as status shows it"),
        pytest.param("-1-1", f"{ADOPTED}-1-1", id="the end of its machine's id"),
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
        pytest.param("2V7B", f"the launch of {SECOND}.0: name one of them", id="a launch"),
        pytest.param("2V7C", f"the launch of {ADOPTED}-1-1", id="the launch of an adopted one"),
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
        pytest.param([f"{FIRST}-1-0"], ["5N1A.0"], id="adopted"),
        pytest.param([f"{FIRST}-1-0", f"{FIRST}.1"], ["5N1A.0", "5N1A.1"], id="one adopted"),
        pytest.param(
            [f"{FIRST}-1-0", f"{FIRST}-2-0"],
            [f"{FIRST}-1-0", f"{FIRST}-2-0"],
            id="of two attempts",
        ),
        pytest.param(["i-abc", "j-abd"], ["abc", "abd"], id="none begins like an option"),
    ],
)
def test_short_names_tell_instances_apart(keys: list[str], names: list[str]) -> None:
    assert [short_names(keys)[key] for key in keys] == names
