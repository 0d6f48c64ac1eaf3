"""What of this repository a function needs."""

import shutil
from collections.abc import Sequence
from pathlib import Path

# The command line, simulations, the stand-in server and what only other hosts use.
_LEFT_OUT = (
    "__main__.py",
    "adapters/memory",
    "cli",
    "hosts/local.py",
    "hosts/loop.py",
    "simulate",
    "world",
)
OF_AWS = ("adapters/aws", "hosts/aws*.py")
"""What a deployment to Google Cloud does without, unless it starts machines of AWS."""

_IGNORED = shutil.ignore_patterns("__pycache__", "*.md", "py.typed")


def copy_sources(root: Path, stage: Path) -> None:
    """The entry points of AWS, and the package; this computer's caches are left behind."""
    shutil.copytree(root / "functions" / "aws", stage / "functions" / "aws", ignore=_IGNORED)
    copy_package(root, stage)


def copy_package(root: Path, stage: Path, *, without: Sequence[str] = ()) -> None:
    """The package, but for what functions never use, and for patterns of files below it."""
    package = stage / "autoscaler"
    shutil.copytree(root / "shared" / "autoscaler", package, ignore=_IGNORED)
    for pattern in (*_LEFT_OUT, *without):
        found = list(package.glob(pattern))
        if not found:
            raise FileNotFoundError(f"{pattern} is not in the package: correct this list")
        for path in found:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
