"""Compiled files beside their sources: they halve the time that a function needs to start."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.package.libraries import PYTHON, uv


def compile_all(stage: Path) -> bool:
    """Compile every source by the functions' version of Python; False when this computer has none.

    Lambda keeps no times of files, so the compiled ones are those that nobody checks.
    """
    python = interpreter()
    if not python:
        return False
    command = [python, "-I", "-m", "compileall", "-q", "-f", "-j", "1", "-d", "/var/task"]
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
    for command in (
        [f"python{PYTHON}"],
        [uv(), "run", "--no-project", "--python", PYTHON, "python"],
    ):
        yield from _asked(command)
    roots = (os.environ.get("PYENV_ROOT"), Path.home() / ".pyenv")
    for root in roots:
        for path in sorted(Path(root or "").glob(f"versions/{PYTHON}.*/bin/python{PYTHON}")):
            yield from _asked([str(path)])


def _asked(command: list[str]) -> Iterator[str]:
    """The interpreter that answers, unless it is another version or none at all."""
    telling = "import sys; print(sys.executable, '%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            [*command, "-c", telling], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return
    executable, _, version = done.stdout.strip().rpartition(" ")
    if version == PYTHON:
        yield executable
