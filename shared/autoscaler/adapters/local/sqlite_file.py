"""The state file: how it is opened, what it is made of, what can be wrong with it."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path

from autoscaler.adapters.local.sqlite_views import VIEWS
from autoscaler.errors import ConfigError, Problem, UnavailableError

VERSION = 1
MARK = 0x434C4153  # "CLAS": no other program's file is taken for ours

_TABLES = (
    """
    CREATE TABLE rows (
      kind TEXT NOT NULL,
      key TEXT NOT NULL,
      revision INTEGER GENERATED ALWAYS AS (json_extract(attributes, '$.revision')) VIRTUAL,
      attributes TEXT NOT NULL,
      PRIMARY KEY (kind, key)
    )
    """,
    """
    CREATE TABLE history (
      kind TEXT NOT NULL,
      key TEXT NOT NULL,
      at TEXT NOT NULL,
      subject TEXT NOT NULL,
      attributes TEXT NOT NULL,
      PRIMARY KEY (kind, key)
    )
    """,
    "CREATE INDEX history_at ON history (at)",
    "CREATE INDEX history_subject ON history (subject, at)",
    f"PRAGMA application_id = {MARK}",
    f"PRAGMA user_version = {VERSION}",
)

# One statement, so that it shows one moment: another process may be making the tables.
_STAMP = """
    SELECT (SELECT application_id FROM pragma_application_id),
           (SELECT user_version FROM pragma_user_version),
           (SELECT count(*) FROM sqlite_master)
"""

_REMEDIES = {
    sqlite3.SQLITE_BUSY: "close the program that holds it (a database browser with open changes?)",
    sqlite3.SQLITE_CANTOPEN: "name a file in a folder that this user may write in",
    sqlite3.SQLITE_CORRUPT: "restore a copy, or move it away: living machines are adopted again",
    sqlite3.SQLITE_FULL: "make room on the disk",
    sqlite3.SQLITE_NOTADB: "name another file, or move this one away",
    sqlite3.SQLITE_READONLY: "let this user write the file and its folder",
}
_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


def open_to_write(path: Path, patience: timedelta) -> sqlite3.Connection:
    """The file, made with its folder when there is none. ConfigError or UnavailableError."""
    _make_folder(path)
    return _open(path, "rwc", patience, lambda db: _prepare(db, path, patience))


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = _REMEDIES[sqlite3.SQLITE_CANTOPEN]
        raise ConfigError(Problem("state", str(path), f"{error.strerror}: {remedy}")) from error


def open_to_read(path: Path, patience: timedelta) -> sqlite3.Connection:
    """The file as it is, which nothing changes. Raises ConfigError or UnavailableError."""
    if not path.exists():
        raise _nothing(path)
    return _open(path, "ro", patience, lambda db: _check_begun(db, path))


@contextmanager
def in_use(path: Path) -> Iterator[None]:
    """Whatever SQLite says meanwhile is raised as UnavailableError."""
    try:
        yield
    except sqlite3.Error as error:
        raise UnavailableError(str(_problem(path, error))) from error


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if _code(error) in _PASSING:
            raise UnavailableError(str(_problem(path, error))) from error
        raise ConfigError(_problem(path, error)) from error


def _problem(path: Path, error: sqlite3.Error) -> Problem:
    remedy = _REMEDIES.get(_code(error), "")
    return Problem("state", str(path), f"{error}: {remedy}" if remedy else str(error))


def _code(error: sqlite3.Error) -> int:
    # Errors of the Python module itself carry no code; the low byte is the family of the code.
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def _open(
    path: Path,
    mode: str,
    patience: timedelta,
    prepare: Callable[[sqlite3.Connection], None],
) -> sqlite3.Connection:
    with _opening(path), ExitStack() as undo:
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=patience.total_seconds(),
            isolation_level=None,
            check_same_thread=False,
        )
        undo.callback(db.close)
        prepare(db)
        undo.pop_all()
    return db


def _check_begun(db: sqlite3.Connection, path: Path) -> None:
    if not _version(db, path):
        raise _nothing(path)


def _nothing(path: Path) -> ConfigError:
    return ConfigError(Problem("state", str(path), "nothing has run yet: autoscaler up"))


def _prepare(db: sqlite3.Connection, path: Path, patience: timedelta) -> None:
    _version(db, path)  # before anything is written: the file may be another program's
    _write_ahead(db, time.monotonic() + patience.total_seconds())
    # A commit that a power cut takes back would give its machines away a second time.
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA fullfsync = ON")  # macOS only
    with db:
        db.execute("BEGIN IMMEDIATE")
        for statement in () if _version(db, path) else _TABLES:
            db.execute(statement)
        if not _seen_views(db).items() >= VIEWS.items():
            _make_views(db)
        # Nothing is deleted: a file that may only be read is told now, not at the first commit.
        db.execute("DELETE FROM rows WHERE false")


def _make_views(db: sqlite3.Connection) -> None:
    for name, view in VIEWS.items():
        db.execute(f'DROP VIEW IF EXISTS "{name}"')
        db.execute(view)


def _write_ahead(db: sqlite3.Connection, until: float) -> None:
    # SQLite does not wait here by itself when somebody else opens or closes the file just now.
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _version(db: sqlite3.Connection, path: Path) -> int:
    """The format of the file; 0 for an empty one. ConfigError when it is not one of ours."""
    with closing(db.execute(_STAMP)) as cursor:
        mark, version, tables = cursor.fetchone()
    if mark != MARK and (mark or version or tables):
        remedy = "another program's database: name another file"
        raise ConfigError(Problem("state", str(path), remedy))
    if version > VERSION:
        remedy = (
            f"written by a newer autoscaler (format {version}, this one knows {VERSION}): "
            "upgrade this one, or name another file"
        )
        raise ConfigError(Problem("state", str(path), remedy))
    return int(version)


def _seen_views(db: sqlite3.Connection) -> dict[str, str]:
    return dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'"))
