"""Notices to the log and to several places."""

import logging

import pytest

from autoscaler.adapters.local.notify import LogNotifier, Notifiers
from autoscaler.adapters.memory.notifier import MemoryNotifier
from autoscaler.core.notices import Notice
from autoscaler.errors import UnavailableError
from tests.core.make import NOW


def notice(key: str = "breaker:lab/a") -> Notice:
    return Notice(kind="breaker", key=key, subject="lab/a", text="three boots failed", at=NOW)


def test_a_notice_is_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        LogNotifier().notify([notice()])
    (line,) = caplog.records
    assert (line.msg, vars(line)["text"]) == ("notice", "three boots failed")


def test_each_place_is_told() -> None:
    one, two = MemoryNotifier(), MemoryNotifier()
    Notifiers(one, two).notify([notice()])
    assert one.told == two.told == [notice()]


def test_while_one_place_fails_only_that_one_is_told_again() -> None:
    one, two = MemoryNotifier(), MemoryNotifier()
    both = Notifiers(one, two)
    one.broken = UnavailableError("no answer")
    with pytest.raises(UnavailableError):
        both.notify([notice()])
    one.broken = None
    both.notify([notice(), notice("foreign:i-1")])
    assert one.told == two.told == [notice(), notice("foreign:i-1")]
    both.notify([notice()])
    assert len(two.told) == 3
