"""docs/state-table.md tells of every row and every attribute, as they are."""

import pytest

from tests.house.state_table_page import PAGE, ROWS, attributes, made, said
from tests.house.state_table_words import KEYS, KINDS, WORDS


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == made(), (
        "run: python -m tests.house.state_table_page"
    )


def test_every_kind_is_explained() -> None:
    assert set(KINDS) == set(KEYS) == set(ROWS)


@pytest.mark.parametrize("kind", ROWS)
def test_every_attribute_is_explained(kind: str) -> None:
    assert not [name for name in attributes(kind) if not said(kind, name)]


def test_nothing_is_explained_that_is_not_there() -> None:
    there = {name for kind in ROWS for name in attributes(kind)}
    there |= {f"{kind}.{name}" for kind in ROWS for name in attributes(kind)}
    assert not [word for word in WORDS if word not in there]
