"""What of this repository a function needs."""

import shutil
from pathlib import Path

# The command line, the stand-in server and what only other hosts use.
_LEFT_OUT = ("cli", "world", "__main__.py", "adapters/memory", "hosts/local.py", "hosts/loop.py")


def copy_sources(root: Path, stage: Path) -> None:
    """The entry points of AWS, and the package; this computer's caches are left behind."""
    ignored = shutil.ignore_patterns("__pycache__", "*.md", "py.typed")
    shutil.copytree(root / "functions" / "aws", stage / "functions" / "aws", ignore=ignored)
    package = stage / "autoscaler"
    shutil.copytree(root / "shared" / "autoscaler", package, ignore=ignored)
    for name in _LEFT_OUT:
        path = package / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
