"""The agent's program: the operator's, the image's, or one of our own; and how it is called."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Mapping  # noqa: UP035 - Python 3.8

from autoscaler.machine.boot.journal import BootError

Document = Mapping[str, Any]
_MODULES = ["python3-venv"]  # what Debian and Ubuntu leave out of their Python


def program(
    folder: Path, agent: Document, environment: Mapping[str, str], python: str = sys.executable
) -> list[str]:
    """How clearml-agent is called; it is installed when nobody has done that. Raises BootError."""
    wanted: list[str] = agent["command"] or ["clearml-agent"]
    found = shutil.which(wanted[0], path=environment["PATH"])
    if found:
        return [found, *wanted[1:]]
    if agent["command"]:
        raise BootError(f"the agent {wanted[0]} was not found: name one that the image has")
    venv = folder / "agent"
    _make(venv, environment, python)
    _fill(venv, agent["version"], environment)
    return [str(venv / "bin" / "clearml-agent")]


def command(program: list[str], queues: list[str], wanted: Document, slot: int) -> list[str]:
    """`wanted` is what was ordered for boot."""
    gpus = wanted["gpus"][slot : slot + 1]
    return [
        *program,
        "daemon",
        "--foreground",
        *("--queue", *queues),
        *(("--cpu-only",) if wanted["cpu_only"] else ()),
        *(part for one in gpus for part in ("--gpus", one)),
        *(("--docker", wanted["docker"]) if wanted["docker"] else ()),
        *wanted["arguments"],
    ]


def _make(venv: Path, environment: Mapping[str, str], python: str) -> None:
    """An environment of its own; where the system's Python has no venv, apt is asked for it."""
    make = [python, "-I", "-m", "venv", "--clear", str(venv)]
    if not _run(make, environment):
        return
    apt = shutil.which("apt-get", path=environment["PATH"])
    if not apt:
        raise BootError(f"{python} has no venv: use an image whose Python has it")
    quiet = {**environment, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", *_MODULES]):
        _must([apt, "-q", *arguments], quiet, f"apt-get {arguments[0]}")
    _must(make, environment, "the environment for clearml-agent")


def _fill(venv: Path, version: str, environment: Mapping[str, str]) -> None:
    """With what the operator's variables tell pip."""
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    _must([*pip, "install", f"clearml-agent=={version}"], environment, f"clearml-agent {version}")


def _must(command: list[str], environment: Mapping[str, str], what: str) -> None:
    said = _run(command, environment)
    if said:
        raise BootError(f"{what} failed: {said}")


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    """Its last words if it failed, else nothing."""
    done = subprocess.run(  # noqa: S603 - our own command
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = done.stdout.decode("utf-8", "replace").split("\n")
    last = [line.strip() for line in said if line.strip()][-1:]
    return "".join(last or [f"exit code {done.returncode}"]) if done.returncode else ""
