"""Messages that were given up are told to people."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from autoscaler.adapters.memory.clock import FixedClock
from autoscaler.adapters.memory.notifier import MemoryNotifier
from autoscaler.errors import UnavailableError
from autoscaler.ports import Letter
from autoscaler.services.letters import LetterTeller
from tests.contracts.topic_contract import pointer

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Given(list[Letter]):
    """The DeadLetters port over a list."""

    def read(self) -> Sequence[Letter]:
        return tuple(self)


class Office:
    def __init__(self, *letters: Letter) -> None:
        self.notifier = MemoryNotifier()
        self.tell = LetterTeller(Given(letters), self.notifier, FixedClock(NOW))


def letter(id: str = "m1", body: str = "") -> Letter:
    return Letter(id=id, body=body or pointer("01ARZ").model_dump_json(), receives=5)


def test_a_letter_is_told_with_what_it_was_about() -> None:
    office = Office(letter())
    (notice,) = office.tell()
    assert office.notifier.told == [notice]
    assert (notice.kind, notice.subject, notice.at) == ("dead-letter", "01ARZ", NOW)
    assert notice.text.startswith("a launch message for 01ARZ was given up after 5 attempts")


def test_a_letter_that_a_look_shows_twice_is_told_once() -> None:
    office = Office(letter(), letter("m2"), letter())
    office.tell()
    assert [notice.key for notice in office.notifier.told] == ["dead-letter:m1", "dead-letter:m2"]


def test_no_letters_are_no_news() -> None:
    office = Office()
    office.notifier.broken = UnavailableError("nobody should be told")
    assert not office.tell()


def test_what_nobody_can_read_is_told_by_its_id_and_not_repeated() -> None:
    (notice,) = Office(letter(body="a s3cret")).tell()
    assert notice.text == (
        "a message that is none of ours was given up after 5 attempts: its id is m1"
    )


def test_who_could_not_tell_says_so() -> None:
    office = Office(letter())
    office.notifier.broken = UnavailableError("sns:Publish was not answered")
    with pytest.raises(UnavailableError):
        office.tell()
