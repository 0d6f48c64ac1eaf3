"""Writers that count in two rows at once, and a reader that looks whether they agree."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from autoscaler.core.ledger import Fence, Ref
from autoscaler.errors import StaleWriteError
from autoscaler.ports import State
from tests.contracts.state_rows import fence

PAIR = ("left", "right")


def count_up(state: State, times: int) -> None:
    """Add one to both, `times` times, each time until the write is accepted."""
    for _ in range(times):
        while not _count_once(state):
            pass


def counted(state: State) -> list[int]:
    return [_found(state, key).gen for key in PAIR]


def count_up_in_threads(reopen: Callable[[], State], *, writers: int, times: int) -> None:
    handles = [reopen() for _ in range(writers)]
    with ThreadPoolExecutor(writers) as pool:
        for done in [pool.submit(count_up, handle, times) for handle in handles]:
            done.result()


@contextmanager
def watch(reopen: Callable[[], State]) -> Iterator[list[list[int]]]:
    """Meanwhile look at both, one after the other; gives what cannot be: the second behind."""
    torn: list[list[int]] = []
    over = threading.Event()
    state = reopen()

    def look() -> None:
        while not over.is_set():
            left, right = counted(state)
            if right < left:
                torn.append([left, right])

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            yield torn
        finally:
            over.set()
        looking.result()


def _count_once(state: State) -> bool:
    rows = [_found(state, key) for key in PAIR]
    try:
        state.commit(put=[row.model_copy(update={"gen": row.gen + 1}) for row in rows])
    except StaleWriteError:
        return False
    return True


def _found(state: State, key: str) -> Fence:
    found = state.read(Ref("fence", key))
    return found if isinstance(found, Fence) else fence(key)
