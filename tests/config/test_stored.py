"""The configuration in rows of the state table."""

from collections.abc import Callable, Iterable

import pytest

from autoscaler.config import parse
from autoscaler.config.stored import TOP, Change, change, stored
from autoscaler.core.ledger import ConfigRow, Ref, Row
from autoscaler.errors import ConfigError
from tests.config.example import SECOND, SOUND
from tests.core.make import NOW

TWO = SOUND + SECOND


def changed(text: str, before: tuple[ConfigRow, ...] = ()) -> Change:
    return change(text, before, by="ada", at=NOW)


def kept(text: str) -> tuple[ConfigRow, ...]:
    """The rows as a table keeps them."""
    return tuple(row.model_copy(update={"revision": 1}) for row in changed(text).put)


def table(rows: Iterable[ConfigRow]) -> Callable[[Ref], Row | None]:
    """How a table with these rows is read."""
    return {row.ref: row for row in rows}.get


def test_each_autoscaler_has_a_row_that_people_can_read() -> None:
    beside, team, night = changed(TWO).put

    assert (beside.key, team.key, night.key) == (TOP, "team", "night")
    assert night.text == (
        "name: night\nresources:\n- name: gpu\n  provider: process\n  queues:\n  - gpu\n"
        "  max_instances: 1\n"
    )
    assert (beside.by, beside.at, beside.revision) == ("ada", NOW, 0)


def test_what_was_written_is_read_again_in_its_order() -> None:
    assert stored(table(kept(TWO))) == parse(TWO)


@pytest.mark.parametrize(
    ("text", "put", "removed"),
    [
        pytest.param(TWO, [], [], id="nothing"),
        pytest.param(SOUND, [TOP], ["night"], id="a row less"),
        pytest.param(
            TWO.replace("max_instances: 1", "max_instances: 2"), ["night"], [], id="one row"
        ),
        pytest.param(TWO.replace("night", "day"), [TOP, "day"], ["night"], id="a name"),
        pytest.param("on_lost: fail\n" + TWO, [TOP], [], id="what is beside"),
    ],
)
def test_only_what_differs_is_written_over_what_was_read(
    text: str, put: list[str], removed: list[str]
) -> None:
    found = changed(text, kept(TWO))

    assert [row.key for row in found.put] == put
    assert [row.key for row in found.remove] == removed
    assert all(row.revision == (row.key != "day") for row in (*found.put, *found.remove))


def test_a_path_stays_as_it_is_written() -> None:
    text = SOUND.replace("clearml:", "state: here.db\nclearml:")

    assert "state: here.db\n" in changed(text).put[0].text


def test_a_configuration_with_mistakes_is_not_stored() -> None:
    with pytest.raises(ConfigError, match="max_instances"):
        changed(SOUND.replace("max_instances: 3", "max_instances: -1"))


def edited(text: str) -> Callable[[ConfigRow], ConfigRow]:
    return lambda row: row.model_copy(update={"text": text}) if row.key == "team" else row


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("name: [", "config team: its text is no YAML", id="no YAML"),
        pytest.param("- name", "config team: its text is no YAML with keys", id="no keys"),
        pytest.param("name: team", r"autoscalers\[0\].resources .*: is missing", id="a mistake"),
    ],
)
def test_a_row_that_a_person_spoilt_is_named(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        stored(table(map(edited(text), kept(SOUND))))


def test_an_empty_table_says_how_to_fill_it() -> None:
    with pytest.raises(ConfigError, match="autoscaler config push"):
        stored(table([]))


def test_a_row_that_a_person_deleted_is_missed() -> None:
    with pytest.raises(ConfigError, match="config night: its row is missing"):
        stored(table(row for row in kept(TWO) if row.key != "night"))
