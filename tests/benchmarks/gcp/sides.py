"""Google's side as it is deployed: the sources, and the libraries that are locked for it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from infra.package.bytecode import interpreter
from infra.package.errors import PackagingError
from infra.package.libraries import PYTHON
from tests.benchmarks.aws.sides import ROOT, installed, size

_FOLDER = ROOT / "build" / "bench"
_LOCK = ROOT / "requirements" / "gcp.lock"
_LEFT_OUT = ("__pycache__", "cli", "simulate", "world", "memory")


@dataclass(frozen=True)
class Deployed:
    """`source`: main.py and the package beside it. Sizes in bytes, without compiled files."""

    python: str
    source: Path
    libraries: Path
    zipped: int
    unpacked: int
    installed: int

    @property
    def path(self) -> str:
        """The value of PYTHONPATH. The tests come last: they only bring what measures."""
        return f"{self.libraries}:{self.source}:{ROOT}"


def deployed() -> Deployed:
    """PackagingError when Python 3.13 or the libraries cannot be had here."""
    python = interpreter()
    if not python:
        raise PackagingError(f"Python {PYTHON} is what functions run on, and is not here")
    libraries, source = _FOLDER / "gcp-libraries", _FOLDER / "gcp"
    _FOLDER.mkdir(parents=True, exist_ok=True)
    installed(python, libraries, ["--no-deps", "--require-hashes", "-r", str(_LOCK)])
    _put_together(source)
    return Deployed(
        python=python,
        source=source,
        libraries=libraries,
        zipped=_zipped(source),
        unpacked=size(source, without="__pycache__"),
        installed=size(libraries, without="__pycache__"),
    )


def _put_together(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    ignore = shutil.ignore_patterns(*_LEFT_OUT)
    shutil.copytree(ROOT / "shared" / "autoscaler", folder / "autoscaler", ignore=ignore)
    shutil.copy(ROOT / "functions" / "gcp" / "main.py", folder)


def _zipped(folder: Path) -> int:
    archive = folder.with_suffix(".zip")
    with ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=9) as made:
        for one in sorted(folder.rglob("*")):
            if one.is_file() and "__pycache__" not in one.parts:
                made.write(one, one.relative_to(folder))
    return archive.stat().st_size
