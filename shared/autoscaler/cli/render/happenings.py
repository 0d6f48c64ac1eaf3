"""What happened, in a line: events of the history, as `up` and `explain` tell them."""

from collections.abc import Mapping
from typing import NamedTuple

from rich.text import Text

from autoscaler.cli.render.words import ATTENTION, BAD, DIM, GOOD, NEWS, text
from autoscaler.core.ledger import Event

_PROGRAMS = {"poller", "launcher", "reaper", "watcher"}


class Said(NamedTuple):
    """A mark that the eye finds, its colour, and what happened."""

    mark: str
    style: str
    words: str


_MOVES: Mapping[tuple[str, str], Said] = {
    ("", "BOOTING"): Said("↑", ATTENTION, "starts"),
    ("BOOTING", "UP"): Said("●", GOOD, "is up"),
    ("DRAINING", "UP"): Said("↺", GOOD, "stays"),
    ("TERMINATING", "UP"): Said("↺", GOOD, "stays"),
    ("", "DRAINING"): Said("↓", "magenta", "drains"),
    ("", "TERMINATING"): Said("✗", BAD, "is being ended"),
    ("", "GONE"): Said("○", DIM, "is gone"),
}


def said(event: Event) -> Said:
    """The words for an event; an unknown one speaks for itself."""
    first, arrow, after = event.event.partition(" -> ")
    if arrow:
        plain = Said("·", "", event.event)
        return _MOVES.get((first, after)) or _MOVES.get(("", after), plain)
    if first == "UP":
        works = "runs on it" in event.reason
        return Said("▶", GOOD, "works") if works else Said("□", NEWS, "is idle")
    verb, _, rest = first.partition(" ")
    if verb == "ordered":
        return Said("+", NEWS, f"{rest} wanted")
    if verb == "attempt" or first == "CLOSED":
        return Said("·", DIM, "order closed" if first == "CLOSED" else first)
    return Said("!", ATTENTION, first)


def is_small(event: Event) -> bool:
    """Steps on the way that nobody needs to see who watches."""
    settled = event.event == "CLOSED" and event.reason.startswith("every machine")
    return settled or event.event.startswith("attempt ")


def reason(event: Event) -> Text:
    """Why, and by whom where it was a person."""
    told = text(event.reason)
    if event.by and event.by not in _PROGRAMS and event.by not in event.reason:
        told.append_text(text(f" (by {event.by})" if told else f"by {event.by}", DIM))
    return told
