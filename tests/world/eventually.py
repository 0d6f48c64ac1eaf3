"""Waiting for another process, without a clock."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_STEP = 0.02


def eventually(look: Callable[[], T | None], *, within: float = 60.0) -> T:
    """Return the first true answer of `look`; fail when none came within so many seconds."""
    for _ in range(int(within / _STEP)):
        if seen := look():
            return seen
        Event().wait(_STEP)
    raise AssertionError(f"not seen within {within} s")
