"""The guard as one file that any Python from 3.8 on can run."""

from __future__ import annotations

import ast
import io
import tokenize
import zipfile
from functools import cache
from pathlib import Path

_ROOM = "autoscaler/machine/guard"
_START = (
    f"import sys\nfrom {_ROOM.replace('/', '.')}.main import main\nsys.exit(main(sys.argv[1:]))\n"
)


@cache
def guard_archive() -> bytes:
    """The content of guard.pyz; the same sources give the same bytes.

    Nothing in it is compressed: whoever sends it does that once, and better, with all of it.
    """
    sources = sorted((Path(__file__).parent / "guard").glob("*.py"))
    files = {f"{_ROOM}/{source.name}": lean(source.read_text("utf-8")) for source in sources}
    # Whole packages hide one that is installed; without these two it would be taken instead.
    files |= dict.fromkeys(("autoscaler/__init__.py", "autoscaler/machine/__init__.py"), "")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as pack:
        for name, text in {"__main__.py": _START, **files}.items():
            pack.writestr(zipfile.ZipInfo(name), text)
    return archive.getvalue()


def lean(source: str) -> str:
    """The same program without what only people read; every line keeps its number."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            told = node.body[0]
            lines[told.lineno - 1] = lines[told.lineno - 1][: told.col_offset] + '""'
            lines[told.lineno : told.end_lineno] = [""] * ((told.end_lineno or 0) - told.lineno)
    for token in tokenize.generate_tokens(iter([f"{line}\n" for line in lines]).__next__):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    return "\n".join(lines) + "\n"
