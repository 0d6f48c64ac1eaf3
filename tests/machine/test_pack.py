"""Boot and guard fit on any machine: one file, an old Python, nothing to install."""

import ast
import gzip
import subprocess
import sys
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from autoscaler.machine import pack
from autoscaler.machine.boot.journal import BootError
from autoscaler.machine.boot.parcel import unpack
from autoscaler.machine.pack import guard_archive, guard_parcel, lean, sources

OWN = "autoscaler.machine"
ROOM = Path(pack.__file__).parent
PARTS = ("boot", "guard", "ship")
SOURCES = sorted(path for part in PARTS for path in (ROOM / part).glob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_old_python_reads_it(source: Path) -> None:
    ast.parse(source.read_text(), feature_version=(3, 8))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_it_needs_nothing_but_the_standard_library(source: Path) -> None:
    nodes = list(ast.walk(ast.parse(source.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    foreign = {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names}
    ours = tuple(f"{OWN}.{part}" for part in PARTS)
    assert {name for name in foreign if not name.startswith(ours)} == set()


@pytest.mark.parametrize("part", PARTS)
def test_it_runs_its_own_code_whatever_is_installed(part: str, tmp_path: Path) -> None:
    path = tmp_path / "guard.pyz"
    path.write_bytes(guard_archive())
    named = f"import {OWN}.{part}.main as m; print(m.__file__)"
    code = f"import sys; sys.path.insert(0, {str(path)!r}); {named}"
    told = subprocess.check_output([sys.executable, "-I", "-c", code], text=True)  # noqa: S603
    assert told.startswith(str(path))


def test_the_same_sources_give_the_same_bytes() -> None:
    first, parcel = guard_archive(), guard_parcel()
    for known in (sources, guard_archive, guard_parcel):
        known.cache_clear()
    assert (guard_archive(), guard_parcel()) == (first, parcel)


def test_a_parcel_is_known_by_what_is_in_it_however_it_was_packed(tmp_path: Path) -> None:
    parcel, program = guard_parcel(), tmp_path / "guard.pyz"
    program.write_bytes(guard_archive())
    content = gzip.decompress(b64decode(parcel.text))
    packed_by_another = b64encode(gzip.compress(content, 1, mtime=1)).decode()
    assert packed_by_another != parcel.text
    unpack(program, [packed_by_another], parcel.sha256)
    with pytest.raises(BootError):
        unpack(program, [parcel.text[:-400]], parcel.sha256)


def test_the_parcel_fits_into_few_free_parameters_of_ssm() -> None:
    parts = guard_parcel().parts()
    assert "".join(parts) == guard_parcel().text
    assert {len(part) <= 4096 for part in parts} == {True}
    assert len(parts) <= 6


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_only_people_read_is_left_out_and_nothing_else(source: Path) -> None:
    packed = lean(source.read_text())
    assert "#" not in packed.replace("#!/bin/sh", "").replace('"#"', "")
    assert "->" not in packed
    ast.parse(packed, feature_version=(3, 8))
    assert statements(packed) == statements(source.read_text())


def statements(source: str) -> list[tuple[int, str]]:
    """Each with its line; docstrings and annotations left out."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.FunctionDef):
            node.returns = None
    return [(node.lineno, _said(node)) for node in ast.walk(tree) if isinstance(node, ast.stmt)]


def _said(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return ""
    if isinstance(node, ast.AnnAssign) and node.value:
        return f"{ast.unparse(node.target)} = {ast.unparse(node.value)}"
    whole = isinstance(
        node, ast.FunctionDef | ast.ClassDef | ast.With | ast.For | ast.Try | ast.If
    )
    return (
        ast.unparse(node).split("\n")[0] if whole or hasattr(node, "body") else ast.unparse(node)
    )
