"""The guard as one file that any Python from 3.8 on can run."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

_ROOM = "autoscaler/machine/guard"
_START = (
    f"import sys\nfrom {_ROOM.replace('/', '.')}.main import main\nsys.exit(main(sys.argv[1:]))\n"
)


@cache
def guard_archive() -> bytes:
    """The content of guard.pyz; the same sources give the same bytes."""
    sources = sorted((Path(__file__).parent / "guard").glob("*.py"))
    files = {f"{_ROOM}/{source.name}": source.read_text("utf-8") for source in sources}
    # Whole packages hide one that is installed; without these two it would be taken instead.
    files |= dict.fromkeys(("autoscaler/__init__.py", "autoscaler/machine/__init__.py"), "")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, text in {"__main__.py": _START, **files}.items():
            pack.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return archive.getvalue()
