"""Boot and guard as one file that any Python from 3.8 on can run."""

from __future__ import annotations

import ast
import gzip
import io
import json
import tokenize
import zipfile
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

_ROOM = "autoscaler/machine"
LATER = ("guard", "ship")  # what boot can do without, and may fetch
_START = """\
import sys
from importlib import import_module

verbs = {"boot": "boot.main", "docker-credential": "boot.helper", "ship": "ship.main"}
program = verbs.get(sys.argv[1], "guard.main")
sys.exit(import_module("autoscaler.machine." + program).main(sys.argv[1:]))
"""


@cache
def sources() -> Mapping[str, str]:
    """What runs on a machine: the text of each file, by its path; the start is __main__.py."""
    room = Path(__file__).parent
    found = sorted(path for part in ("boot", *LATER) for path in (room / part).glob("*.py"))
    # Whole packages hide one that is installed; without these two it would be taken instead.
    hiding = dict.fromkeys(("autoscaler/__init__.py", f"{_ROOM}/__init__.py"), "")
    texts = {f"{_ROOM}/{one.relative_to(room)}": lean(one.read_text("utf-8")) for one in found}
    return MappingProxyType({"__main__.py": _START, **hiding, **texts})


@cache
def guard_archive() -> bytes:
    """The content of guard.pyz; the same sources give the same bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, text in sources().items():
            pack.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


class Parcel(NamedTuple):
    """The guard's files as text, packed; for `boot.parcel` on the machine.

    `sha256` is of what is in it: another Python packs the same files into other bytes.
    """

    text: str
    sha256: str

    def parts(self, size: int = 4096) -> tuple[str, ...]:
        """In pieces of at most this many characters: SSM keeps 4,096 for nothing."""
        return tuple(self.text[at : at + size] for at in range(0, len(self.text), size))


@cache
def guard_parcel() -> Parcel:
    """What the machine needs beside boot; the same sources give the same sum."""
    files = {name: text for name, text in sources().items() if is_later(name)}
    content = json.dumps(files).encode()
    packed = gzip.compress(content, mtime=0)
    return Parcel(b64encode(packed).decode(), sha256(content).hexdigest())


def is_later(name: str) -> bool:
    """Whether this file may be kept apart from boot."""
    return name.startswith(tuple(f"{_ROOM}/{part}/" for part in LATER))


def lean(source: str) -> str:
    """The same program without what only people and checkers read; lines keep their numbers."""
    lines, tree = source.splitlines(), ast.parse(source)
    for row, start, end in sorted(_annotations(tree, lines), reverse=True):
        lines[row] = lines[row][:start] + lines[row][end:]
    for told in _docstrings(tree):
        row, last = told.lineno - 1, told.end_lineno or told.lineno
        lines[row:last] = [lines[row][: told.col_offset] + '""', *[""] * (last - row - 1)]
    for token in tokenize.generate_tokens(iter([f"{line}\n" for line in lines]).__next__):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    return "\n".join(lines) + "\n"


def _docstrings(tree: ast.AST) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            yield node.body[0]


def _annotations(tree: ast.AST, lines: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Line and columns of each in a function; those of a class may be its fields."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found = {node for one in functions for node in ast.walk(one)}
    for node in found:
        if isinstance(node, ast.FunctionDef) and node.returns:
            row, end = node.returns.lineno - 1, node.returns.end_col_offset or 0
            yield row, lines[row].rindex(" ->", 0, node.returns.col_offset), end
        named = node.annotation if isinstance(node, ast.arg) else None
        if isinstance(node, ast.arg) and named:
            start = node.col_offset + len(node.arg)
            yield node.lineno - 1, start, named.end_col_offset or 0
        if isinstance(node, ast.AnnAssign) and node.value:
            start = node.target.end_col_offset or 0
            yield node.lineno - 1, start, node.annotation.end_col_offset or 0
