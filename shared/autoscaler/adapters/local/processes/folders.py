"""Where machines are written down: one folder each, complete from the moment it is seen."""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple, Self

from pydantic import ValidationError

from autoscaler.adapters.local.processes.records import LaunchRecord, MachineRecord, digest
from autoscaler.errors import UnavailableError
from autoscaler.machine.guard.journal import mark_ended
from autoscaler.machine.pack import guard_archive

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


class Ended(NamedTuple):
    at: datetime
    reason: str


class MachineFolder:
    """One machine's folder. `locked`: its guard, or at least an agent, lives."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def record(self) -> MachineRecord:
        """Raises UnavailableError when it cannot be read."""
        try:
            return MachineRecord.model_validate_json((self.path / "machine.json").read_bytes())
        except (OSError, ValidationError) as error:
            raise UnavailableError(f"{self.path / 'machine.json'}: {error}") from error

    @property
    def ended(self) -> Ended | None:
        """When and why it ended. Raises UnavailableError when that cannot be read."""
        try:
            told = json.loads((self.path / "ended").read_bytes())
            return Ended(datetime.fromisoformat(told["at"]), told["reason"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError) as error:
            raise UnavailableError(f"{self.path / 'ended'}: {error}") from error

    @property
    def was_up(self) -> bool:
        return (self.path / "guard").exists()

    @property
    def locked(self) -> bool:
        with self.hold(fcntl.LOCK_SH) as held:
            return not held

    @contextmanager
    def hold(self, how: int = fcntl.LOCK_EX) -> Iterator[bool]:
        """Whether the lock could be had; it is kept to the end of the block."""
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(lock)

    def end(self, reason: str) -> None:
        """No guard comes up after this; who ended it before is right about the reason."""
        mark_ended(self.path / "ended", reason)

    def order(self, nonce: str) -> None:
        if nonce:
            write(self.path / "drain", nonce)
        else:
            (self.path / "drain").unlink(missing_ok=True)

    def sweep(self) -> None:
        """Drop what only a living machine needs."""
        for name in self.record.guard["scratch"]:
            shutil.rmtree(self.path / name, ignore_errors=True)


class Folders:
    """All machines below one folder, whoever ordered them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, instance_id: str) -> MachineFolder | None:
        path = self.root / instance_id
        known = _ID.fullmatch(instance_id) and (path / "machine.json").exists()
        return MachineFolder(path) if known else None

    def __iter__(self) -> Iterator[MachineFolder]:
        try:
            found = sorted(self.root.iterdir())
        except FileNotFoundError:
            return
        except OSError as error:
            raise UnavailableError(f"{self.root}: {error}") from error
        yield from (
            MachineFolder(one) for one in found if _ID.fullmatch(one.name) and one.is_dir()
        )

    def create(self, instance_id: str, files: Mapping[str, str]) -> MachineFolder:
        """The machine's folder, with these files when it is new."""
        draft, path = self.root / f".{instance_id}.{token_hex(4)}", self.root / instance_id
        for name, text in files.items():
            (draft / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write(draft / name, text)
        try:
            draft.rename(path)
        except OSError:  # somebody was faster, or the disk is at fault
            shutil.rmtree(draft)
            if not path.exists():
                raise
        return MachineFolder(path)

    def drop(self, folder: MachineFolder) -> None:
        away = self.root / f".{folder.path.name}.{token_hex(4)}"
        with suppress(FileNotFoundError):
            folder.path.rename(away)
            shutil.rmtree(away, ignore_errors=True)

    def launch(self, token: str) -> LaunchRecord | None:
        try:
            return LaunchRecord.model_validate_json(self._launch(token).read_bytes())
        except FileNotFoundError:
            return None

    def remember(self, token: str, launch: LaunchRecord) -> None:
        self._launch(token).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write(self._launch(token), launch.model_dump_json())

    def forget(self, token: str) -> None:
        self._launch(token).unlink(missing_ok=True)

    @property
    def guard(self) -> Path:
        """The guard as a program; the running ones keep theirs when the package changes."""
        archive = guard_archive()
        path = self.root / f".guard-{digest(archive)[:12]}.pyz"
        if not path.exists():
            write(path, archive)
        return path

    @contextmanager
    def alone(self) -> Iterator[Self]:
        """Nobody else starts machines below this folder inside the block."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.root / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self

    def _launch(self, token: str) -> Path:
        return self.root / ".launches" / f"{digest(token.encode())}.json"


def write(path: Path, content: str | bytes) -> None:
    """All or nothing, and for this user's eyes only."""
    draft = path.with_name(f".{path.name}.{token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
    draft.replace(path)
