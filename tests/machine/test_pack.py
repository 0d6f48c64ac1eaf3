"""The guard fits on any machine: one file, an old Python, nothing to install."""

import ast
import gzip
import subprocess
import sys
from pathlib import Path

import pytest

import autoscaler.machine.guard
from autoscaler.machine.pack import guard_archive, lean

OWN = "autoscaler.machine.guard"
SOURCES = sorted(Path(autoscaler.machine.guard.__file__).parent.glob("*.py"))
ROOM_IN_USER_DATA = 16_384 * 3 // 4  # EC2's limit, as base64


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_an_old_python_reads_it(source: Path) -> None:
    ast.parse(source.read_text(), feature_version=(3, 8))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_it_needs_nothing_but_the_standard_library(source: Path) -> None:
    nodes = list(ast.walk(ast.parse(source.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    foreign = {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names}
    assert {name for name in foreign if not name.startswith(OWN)} == set()


def test_it_runs_its_own_code_whatever_is_installed(tmp_path: Path) -> None:
    pack = tmp_path / "guard.pyz"
    pack.write_bytes(guard_archive())
    code = (
        f"import sys; sys.path.insert(0, {str(pack)!r}); import {OWN}.main as m; print(m.__file__)"
    )
    told = subprocess.check_output([sys.executable, "-I", "-c", code], text=True)  # noqa: S603
    assert told.startswith(str(pack))


def test_the_same_sources_give_the_same_small_file() -> None:
    first = guard_archive()
    guard_archive.cache_clear()
    assert guard_archive() == first
    assert len(gzip.compress(first)) < ROOM_IN_USER_DATA


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_what_only_people_read_is_left_out_and_nothing_else(source: Path) -> None:
    packed = lean(source.read_text())
    assert program(packed) == program(source.read_text())
    assert len(packed) < len(source.read_text())


def program(source: str) -> tuple[str, list[int]]:
    """What it does, and on which lines: docstrings are empty."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and isinstance(
            node.body[0], ast.Expr
        ):
            node.body[0].value = ast.Constant("")
    return ast.dump(tree), [node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)]
