"""Compiled files beside their sources: they halve the time that a function needs to start."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.package.libraries import PYTHON, uv


def compile_all(stage: Path, shown: str = "/var/task") -> bool:
    """Compile every source by the functions' version of Python; False when this computer has none.

    Who unpacks them keeps no times of files, so the compiled ones are those that nobody checks.
    `shown` is where they will be: tracebacks say it.
    """
    python = interpreter()
    if not python:
        return False
    command = [python, "-I", "-m", "compileall", "-q", "-f", "-j", "1", "-d", shown]
    command += ["--invalidation-mode", "unchecked-hash", "."]
    subprocess.run(  # noqa: S603 - our own words
        command,
        check=False,  # libraries carry templates that no Python can compile
        cwd=stage,
        stdout=subprocess.DEVNULL,
    )
    return True


def interpreter() -> str | None:
    """The path of a Python of the functions' version, wherever this computer keeps it."""
    return next(_interpreters(), None)


def _interpreters() -> Iterator[str]:
    if sys.version_info[:2] == tuple(map(int, PYTHON.split("."))):
        yield sys.executable
    telling = "import sys; print(sys.executable, '%d.%d' % sys.version_info[:2])"
    for candidate in (f"python{PYTHON}", *_kept_by_pyenv()):
        executable, _, version = _answer(candidate, "-c", telling).rpartition(" ")
        if version == PYTHON:
            yield executable
    found = _answer(uv(), "python", "find", "--no-python-downloads", PYTHON)
    if found:
        yield found


def _kept_by_pyenv() -> Iterator[str]:
    """Those that it does not put on the path."""
    for root in (os.environ.get("PYENV_ROOT", ""), str(Path.home() / ".pyenv")):
        if root:
            found = Path(root).glob(f"versions/{PYTHON}.*/bin/python{PYTHON}")
            yield from map(str, sorted(found))


def _answer(*command: str) -> str:
    """What it prints; "" when it is not there, or fails."""
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
