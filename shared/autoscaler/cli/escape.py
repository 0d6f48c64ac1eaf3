"""Text from outside, made harmless for a terminal: nothing that is not seen stays hidden."""

import re

_COLOURS = re.compile(r"\x1b\[[0-9;:]*m")


def visible(text: str) -> str:
    r"""The text on one line; control characters, ANSI codes and bidi marks as \x1b and such."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def log_line(line: str) -> str:
    """A line of a log: without colours, and what a carriage return overwrote left out."""
    plain = _COLOURS.sub("", line.rstrip("\r\n")).rpartition("\r")[2]
    return visible(plain.expandtabs(4))
