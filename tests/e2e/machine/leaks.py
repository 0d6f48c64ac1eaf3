"""No secret anywhere but where it must be: a whole life, then a look into all that was written."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

from autoscaler.world.clearml.model import Status
from tests.e2e.machine.stage import Lane, Source, Stage, stage

NAME = "secrets"
OTHERS = 0o077  # what of a mode lets them in
PLANTED = {
    "git": "a-git-password-4711",
    "s3": "an-s3-secret-4712",
    "registry": "a-registry-password-4713",
    "proxy": "http://somebody:a-proxy-password-4714@127.0.0.1:9",
}
# Below a machine's folder, for its owner's eyes only.
MUST_HOLD = ("var/login.json", "var/slot0/clearml.conf", "home/.docker/config.json")
# What the agent makes of its clearml.conf for a task: with a mode of its own, in a closed folder.
COPIES = "var/slot0/tmp/.clearml_agent.*.cfg"
_TASK = """
import time
mark("begun")
print("the answer is", 6 * 7, flush=True)
while not os.path.exists({go!r}):
    time.sleep(0.1)
"""


class Find(NamedTuple):
    """A secret in a file, whose path is that below the stage or, of a machine's, below that."""

    secret: str
    path: str
    mode: int
    folder_mode: int

    @property
    def allowed(self) -> bool:
        if fnmatch(self.path, COPIES):
            return not self.folder_mode & OTHERS
        return self.path in MUST_HOLD and not self.mode & OTHERS


def secrets(folder: Path, say: Callable[[str], object]) -> dict[str, Any]:
    lanes = [_lane("amazon", "ec2"), _lane("google", "gce")]
    with _heard(folder / "control.log"), stage(folder / NAME, lanes) as ours:
        for source in ("ec2", "gce"):
            for name, value in PLANTED.items():
                ours.keep(source, name, value)
        with ours.scaling():
            found, files = _lived(ours, lanes, say)
        known = _known(ours)
        (folder / "control.log").rename(ours.folder / "control.log")
        found |= {*search(ours.folder, known)}
        (ours.folder / "leak").write_text(f"fetched from user:{PLANTED['git']}@host\n")
        seen = [find.path for find in {*search(ours.folder, known)} - found]
        phases = [one.phases for one in ours.site.machines.values()]
    held = sorted({_pattern(find.path) for find in found if find.allowed})
    leaks = sorted({f"{find.secret} in {find.path}" for find in found if not find.allowed})
    broken = [f"secrets: {leak}" for leak in leaks]
    broken += [] if seen == ["leak"] else [f"secrets: a leak that was planted: found {seen}"]
    broken += [] if {*held} >= {*MUST_HOLD} else [f"secrets: only {held} hold any"]
    facts = {
        "files": files,
        "held_by": held,
        "leaks": leaks,
        "planted_leak_found": seen == ["leak"],
    }
    return {**facts, "broken": broken, "phases": phases}


def search(folder: Path, known: Mapping[str, str]) -> Iterator[Find]:
    """Every place where one of these is, as it is or in base64."""
    forms = {name: (one.encode(), b64encode(one.encode())) for name, one in known.items()}
    for path in _files(folder):
        try:
            data, mode, around = path.read_bytes(), path.stat().st_mode, path.parent.stat().st_mode
        except FileNotFoundError:  # it was there a moment ago
            continue
        for name, ways in forms.items():
            if any(way in data for way in ways):
                yield Find(name, _told(folder, path), mode, around)


def _lived(ours: Stage, lanes: list[Lane], say: Callable[[str], object]) -> tuple[set[Find], int]:
    """The life of a machine on each lane; what was found in its middle and at its end."""
    go = ours.folder / "go"
    tasks = [ours.enqueue(lane.name, _TASK.format(go=str(go))) for lane in lanes]
    for task in tasks:
        ours.await_start(task)
    ours.await_that("a task's words", lambda: all("42" in ours.console(one) for one in tasks))
    found = {*search(ours.folder, _known(ours))}
    say(f"secrets, while tasks run: {len(found)} places")
    files = sum(1 for _ in _files(ours.folder))
    go.touch()
    for task in tasks:
        ours.await_status(task, Status.COMPLETED)
    for lane in lanes:
        ours.drain(ours.machines(lane.name)[0])
    ours.await_that("the end of all machines", lambda: not ours.living())
    for machine in ours.site.machines.values():
        (machine.folder / "lines").write_text("\n".join(machine.lines()))
    _dump(ours)
    return found | {*search(ours.folder, _known(ours))}, files


def _dump(ours: Stage) -> None:
    """What ClearML has heard."""
    world = ours.server.world
    tasks = [(repr(task), world.events.console(task.id)) for task in world.tasks.all()]
    workers = [repr(worker) for worker in world.workers.all()]
    (ours.folder / "clearml.json").write_text(json.dumps([tasks, workers]))


def _known(ours: Stage) -> dict[str, str]:
    """The login's access key is a name; what belongs to it is secret."""
    proxy = PLANTED["proxy"].partition("@")[0].rpartition(":")[2]
    login = f"puller:{PLANTED['registry']}"
    own = {"clearml": ours.server.credentials.secret_key, "proxy": proxy, "registry login": login}
    return {**PLANTED, **own}


def _lane(name: str, source: Source) -> Lane:
    place = f"ssm:/{NAME}/" if source == "ec2" else "gcp-secret:projects/a-project/secrets/"
    changed = {
        "git": {"user": "somebody", "password": place + "git"},
        "storage": {"s3": [{"key": "AKIAEXAMPLE", "secret": place + "s3", "bucket": "a-bucket"}]},
        "registries": [
            {"address": "registry.example", "user": "puller", "password": place + "registry"}
        ],
        "proxy": {"http": {"ref": place + "proxy"}, "no": "127.0.0.1,localhost"},
        "init_script": "echo prepared by $(whoami)",
    }
    return Lane(name, source, "processes" if source == "ec2" else "systemd", changed)


def _pattern(path: str) -> str:
    return COPIES if fnmatch(path, COPIES) else path


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _told(folder: Path, path: Path) -> str:
    parts = path.relative_to(folder).parts
    return "/".join(parts[2:] if parts[0] == "site" else parts)


@contextmanager
def _heard(path: Path) -> Iterator[None]:
    """All that the control plane logs, with every field."""
    logger, handler = logging.getLogger("autoscaler"), logging.FileHandler(path)
    handler.setFormatter(_Everything())
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
        handler.close()


class _Everything(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return super().format(record) + " " + repr(vars(record))
