"""What can be wrong with the state file, and who may open it."""

import os
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from autoscaler.adapters.local.sqlite import SqliteState
from autoscaler.errors import ConfigError, UnavailableError
from tests.contracts.state_rows import event, fence, instance

SOON = timedelta(milliseconds=50)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@contextmanager
def refused(path: Path, remedy: str) -> Iterator[None]:
    """The operator is told the field, the value and the remedy."""
    with pytest.raises(ConfigError, match=re.escape(remedy)) as told:
        yield
    [problem] = told.value.problems
    assert (problem.field, problem.value) == ("state", str(path))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield


def write(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(statement)


# --- opening ------------------------------------------------------------------------------------


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "none" / "yet" / "state.db"
    SqliteState(path).close()
    assert path.is_file()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "state.db"
    with refused(path, "name a file in a folder that this user may write in"):
        SqliteState(path)


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with refused(tmp_path, "name a file in a folder that this user"):
        SqliteState(tmp_path)


def test_another_kind_of_file_is_told_and_left_alone(path: Path) -> None:
    content = b"state: lab\n" * 100
    path.write_bytes(content)
    with refused(path, "file is not a database: name another file"):
        SqliteState(path)
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_told_and_left_alone(path: Path) -> None:
    write(path, "CREATE TABLE cookies (name)")
    content = path.read_bytes()
    with refused(path, "another program's database"):
        SqliteState(path)
    with refused(path, "another program's database"):
        SqliteState(path, readonly=True)
    assert path.read_bytes() == content


def test_the_file_of_a_newer_version_is_told(path: Path) -> None:
    SqliteState(path).close()
    write(path, "PRAGMA user_version = 2")
    for readonly in (False, True):
        with refused(path, "written by a newer autoscaler (format 2, this one knows 1)"):
            SqliteState(path, readonly=readonly)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write every file")
def test_a_file_that_may_only_be_read_is_told_to_who_would_write(path: Path) -> None:
    with SqliteState(path) as state:
        state.commit(put=[fence()])
    path.chmod(0o400)
    with refused(path, "let this user write the file and its folder"):
        SqliteState(path)
    with SqliteState(path, readonly=True) as reader:
        assert list(reader.live()) == [fence(revision=1)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write every folder")
def test_a_folder_that_may_only_be_read_is_told(path: Path) -> None:
    path.parent.chmod(0o500)
    with refused(path, "in a folder that this user may write in"):
        SqliteState(path)


def test_a_damaged_file_is_told(path: Path) -> None:
    with SqliteState(path) as state:
        state.commit(put=[instance(f"L1.{number}") for number in range(100)])
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    with refused(path, "restore a copy"):
        SqliteState(path)


def test_a_locked_file_may_be_opened_later(path: Path) -> None:
    path.touch()
    with (
        locked(path),
        pytest.raises(UnavailableError, match="database is locked: close the program that holds"),
    ):
        SqliteState(path, patience=SOON)
    SqliteState(path).close()


def test_eight_may_open_a_new_file_at_once(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: SqliteState(path), range(8)))
    opened[0].commit(put=[fence()])
    for state in opened:
        assert len(state.live()) == 1
        state.close()


# --- in use -------------------------------------------------------------------------------------


def test_a_locked_file_is_unavailable_for_writing_only(path: Path) -> None:
    with SqliteState(path, patience=SOON) as state:
        state.commit(put=[fence()])
        with locked(path):
            with pytest.raises(UnavailableError, match=r"state = .*: database is locked: close"):
                state.commit(put=[fence(gen=1, revision=1)])
            assert list(state.live()) == [fence(revision=1)]
        state.commit(put=[fence(gen=1, revision=1)])


def test_damage_in_use_is_unavailable(path: Path) -> None:
    with SqliteState(path) as state:
        write(path, "DROP TABLE history")
        with pytest.raises(UnavailableError, match="no such table"):
            state.history()
        with pytest.raises(UnavailableError, match="no such table"):
            state.commit(put=[fence()], record=[event()])
        assert not state.live()


def test_a_closed_handle_is_unavailable(path: Path) -> None:
    state = SqliteState(path)
    state.close()
    state.close()
    with pytest.raises(UnavailableError):
        state.live()


# --- reading only -------------------------------------------------------------------------------


def test_a_reader_of_a_missing_file_makes_none(path: Path) -> None:
    with refused(path, "nothing has run yet: autoscaler up"):
        SqliteState(path, readonly=True)
    assert not path.exists()


def test_a_reader_of_an_empty_file_is_told(path: Path) -> None:
    path.touch()
    with refused(path, "nothing has run yet: autoscaler up"):
        SqliteState(path, readonly=True)


def test_a_reader_follows_the_writer(path: Path) -> None:
    with SqliteState(path) as writer, SqliteState(path, readonly=True) as reader:
        writer.commit(put=[fence()], record=[event()])
        assert list(reader.live()) == [fence(revision=1)]
        assert list(reader.history()) == [event()]
        assert reader.read(fence().ref) == fence(revision=1)


def test_a_reader_reads_after_the_writer_has_ended(path: Path) -> None:
    with SqliteState(path) as writer:
        writer.commit(put=[fence()])
    with SqliteState(path, readonly=True) as reader:
        assert list(reader.live()) == [fence(revision=1)]


def test_a_reader_cannot_write(path: Path) -> None:
    SqliteState(path).close()
    with (
        SqliteState(path, readonly=True) as reader,
        pytest.raises(UnavailableError, match="readonly"),
    ):
        reader.commit(put=[fence()])
