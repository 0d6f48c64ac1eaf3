"""Plays many things in two processes, and says how far it is."""

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

PROCESSES = 2
T = TypeVar("T")
R = TypeVar("R")


def played(what: str, play: Callable[[T], R], things: Sequence[T]) -> list[R]:
    """The results, in the order of the things. `play` is a function of a module."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(file=sys.stderr)
    with (
        ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool,
        Progress(*columns, console=console, disable=not console.is_terminal) as progress,
    ):
        bar = progress.add_task(what, total=len(things))
        futures = {pool.submit(play, thing): at for at, thing in enumerate(things)}
        results: dict[int, R] = {}
        for future in as_completed(futures):
            results[futures[future]] = future.result()
            progress.advance(bar)
            if not console.is_terminal:
                console.print(f"{what}: {len(results)} of {len(things)}")
    return [results[at] for at in range(len(things))]
