"""Several processes on one state file, and one that dies in the middle."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from autoscaler.adapters.local.sqlite import SqliteState
from autoscaler.core.ledger import Fence
from tests.contracts.state_races import count_up, counted, watch
from tests.contracts.state_rows import event, fence, instance

ROWS = 20

SPAWN = get_context("spawn")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def count_in_a_process(path: Path, times: int) -> None:
    with SqliteState(path) as state:
        count_up(state, times)


def write_for_ever(path: Path, told: Connection) -> None:
    """One commit after the other; each is told when it was accepted."""
    with SqliteState(path) as state:
        revision = 0
        while True:
            rows = [fence(str(key), gen=revision, revision=revision) for key in range(ROWS)]
            state.commit(put=rows, record=[event(f"{revision:09d}")])
            revision += 1
            told.send(revision)


@contextmanager
def writing(path: Path) -> Iterator[Connection]:
    """A process that writes, killed at the end."""
    here, there = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=write_for_ever, args=(path, there))
    process.start()
    there.close()
    try:
        yield here
    finally:
        process.kill()
        process.join()


def last_told(here: Connection) -> int:
    revision = 0
    try:
        while True:
            revision = here.recv()
    except EOFError:
        return revision


@pytest.mark.slow
def test_of_eight_processes_none_loses_a_write(path: Path) -> None:
    SqliteState(path).close()
    processes = [SPAWN.Process(target=count_in_a_process, args=(path, 25)) for _ in range(8)]
    with SqliteState(path) as state, watch(lambda: state) as torn:
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert counted(state) == [200, 200]
    assert not torn
    assert [process.exitcode for process in processes] == [0] * 8


@pytest.mark.slow
@pytest.mark.parametrize("commits", [1, 30, 77])
def test_a_killed_writer_leaves_whole_commits_and_all_that_it_told(
    path: Path, commits: int
) -> None:
    with writing(path) as here:
        for _ in range(commits):
            here.recv()
    told = max(commits, last_told(here))
    with closing(SqliteState(path)) as state:
        found = [row for row in state.live() if isinstance(row, Fence)]
        assert len(found) == ROWS
        [revision] = {row.revision for row in found}
        assert revision in {told, told + 1}
        assert len(state.history()) == revision
        state.commit(put=[instance()])
