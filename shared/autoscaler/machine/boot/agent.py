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


def program(folder: Path, agent: Document, environment: Mapping[str, str]) -> list[str]:
    """How clearml-agent is called; it is installed when nobody has done that. Raises BootError."""
    wanted: list[str] = agent["command"] or ["clearml-agent"]
    found = shutil.which(wanted[0], path=environment["PATH"])
    if found:
        return [found, *wanted[1:]]
    if agent["command"]:
        raise BootError(f"the agent {wanted[0]} was not found: name one that the image has")
    return [str(_install(folder / "agent", agent["version"], environment))]


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


def _install(venv: Path, version: str, environment: Mapping[str, str]) -> Path:
    """Into an environment of its own, with what the operator's variables tell pip."""
    make = [sys.executable, "-I", "-m", "venv", "--clear", str(venv)]
    if _run(make, environment):
        _add_modules(environment)
        _must(make, environment, "the environment for clearml-agent")
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    _must([*pip, "install", f"clearml-agent=={version}"], environment, f"clearml-agent {version}")
    return venv / "bin" / "clearml-agent"


def _add_modules(environment: Mapping[str, str]) -> None:
    apt = shutil.which("apt-get", path=environment["PATH"])
    if not apt:
        raise BootError(f"{sys.executable} has no venv: use an image whose Python has it")
    quiet = {**environment, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", *_MODULES]):
        _must([apt, "-q", *arguments], quiet, f"apt-get {arguments[0]}")


def _must(command: list[str], environment: Mapping[str, str], what: str) -> None:
    said = _run(command, environment)
    if said:
        raise BootError(f"{what} could not be installed: {said}")


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
