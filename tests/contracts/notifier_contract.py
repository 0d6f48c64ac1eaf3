"""What every Notifier promises."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from autoscaler.core.notices import Notice
from autoscaler.errors import UnavailableError
from autoscaler.ports import Notifier

AT = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)

Told = Callable[[], Sequence[str]]


def notice(kind: str = "breaker", text: str = "the last 3 boots of team/gpu failed") -> Notice:
    return Notice.model_validate(
        {"kind": kind, "key": text, "subject": "team/gpu", "text": text, "at": AT}
    )


class NotifierContract:
    """A subclass gives `notifier`, `told` (the messages that people got), and `broken`."""

    @pytest.fixture
    def notifier(self) -> Notifier:
        raise NotImplementedError

    @pytest.fixture
    def told(self) -> Told:
        raise NotImplementedError

    @pytest.fixture
    def broken(self) -> Notifier:
        """One that reaches nobody."""
        raise NotImplementedError

    def test_no_notices_are_no_message(self, notifier: Notifier, told: Told) -> None:
        notifier.notify([])
        assert not told()

    def test_each_notice_is_told(self, notifier: Notifier, told: Told) -> None:
        notifier.notify([notice(), notice("budget", "80 % is spent: größer")])
        everything = "\n".join(told())
        assert "the last 3 boots of team/gpu failed" in everything
        assert "80 % is spent: größer" in everything

    def test_a_flood_is_told_as_far_as_it_fits_and_the_rest_is_counted(
        self, notifier: Notifier, told: Told
    ) -> None:
        notifier.notify([notice(text=f"{number} {'x' * 20_000}") for number in range(50)])
        everything = "\n".join(told())
        assert "0 xxx" in everything
        assert "and 30 notices more" in everything
        assert len(everything) < 64_000

    def test_what_reaches_nobody_is_told_to_the_caller(self, broken: Notifier) -> None:
        with pytest.raises(UnavailableError):
            broken.notify([notice()])
