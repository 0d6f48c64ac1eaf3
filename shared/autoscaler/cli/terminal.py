"""Where output goes: results to stdout, everything else to stderr; JSON for scripts."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from autoscaler.cli.escape import visible

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def out() -> "Console":
    return _console(stderr=False)


def err() -> "Console":
    return _console(stderr=True)


def emit(value: Mapping[str, Any], *, line: bool = False) -> None:
    """One JSON object on stdout; with `line`, on one line. Plain ASCII: it holds no surprise."""
    sys.stdout.write(json.dumps(value, indent=None if line else 2) + "\n")
    sys.stdout.flush()


def show(made: "RenderableType", console: "Console | None" = None) -> None:
    """The renderable on stdout; what is no terminal gets no spaces at the ends of lines."""
    console = console or out()
    if console.is_terminal:
        console.print(made)
        return
    with console.capture() as captured:
        console.print(made)
    lines = (line.rstrip() for line in captured.get().splitlines())
    sys.stdout.write("".join(f"{line}\n" for line in lines))


@contextmanager
def waiting(words: str, *, quiet: bool = False) -> Iterator[Callable[[str], object]]:
    """A spinner on stderr, when somebody watches and the block takes its time.

    What the block is given puts other words beside the spinner.
    """
    console = err()
    if quiet or not console.is_terminal:
        yield len
        return
    from rich.text import Text

    with console.status(Text(visible(words))) as status:
        yield lambda other: status.update(Text(visible(other)))


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)
