"""Ctrl-C and SIGTERM: the first one asks, the second one does not wait."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping(stop: Event) -> Iterator[None]:
    """Inside, the first signal sets `stop`; any further one raises KeyboardInterrupt."""
    asked: list[int] = []

    def heard(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        if len(asked) > 1:
            raise KeyboardInterrupt
        # not here: the thread that was interrupted may hold the event's lock
        Thread(target=stop.set, daemon=True).start()

    before = {number: signal.signal(number, heard) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
