"""What happened lately, kept cheaply, told only when a run fails."""

from collections import deque

from autoscaler.core.ledger import BaseRow, Instance, Launch
from tests.faults.hub import Hub

_KEPT = 600
_TOLD = 45


class Story:
    """Remembers the last events; the words are made when somebody wants to hear them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._events: deque[tuple[float, tuple[object, ...]]] = deque(maxlen=_KEPT)

    def __call__(self, *words: object) -> None:
        self._events.append((self._hub.at, words))

    def told(self, about: tuple[str, ...] = ()) -> list[str]:
        """The last events, and of those before only what concerns `about`."""
        lines = [f"{_clock(at)}  {' '.join(map(_word, words))}" for at, words in self._events]
        early = [line for line in lines[:-_TOLD] if any(each in line for each in about)]
        return early[-_TOLD:] + lines[-_TOLD:]


def _clock(at: float) -> str:
    seconds = int(at)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{int(at * 100) % 100:02}"


def _word(word: object) -> str:
    if isinstance(word, Launch):
        flags = " unsettled" * word.unsettled + " known" * word.known
        return (
            f"[launch {word.key} {word.state} attempt {word.attempt} of {word.resource_key}"
            f" {word.offering} calls {word.calls}{flags}]"
        )
    if isinstance(word, Instance):
        return f"[instance {word.key} {word.phase} {word.instance_id or '-'}: {word.reason}]"
    if isinstance(word, BaseRow):
        return f"[{word.kind} {word.key}]"
    return str(word)
