"""Which clearml-agent a machine runs: the operator's, the image's, or one that it installs."""

import os
from pathlib import Path
from zipfile import ZipFile

import pytest

from autoscaler.machine.boot.agent import program
from autoscaler.machine.boot.journal import BootError
from tests.machine.boot_bench import BootBench

pytestmark = pytest.mark.slow
INFO = "clearml_agent-9.8.7.dist-info"


def wheel(folder: Path) -> None:
    """A clearml-agent that says which it is, for pip to find."""
    files = {
        "stand_in.py": "import os, sys\ndef main(): print('installed', *sys.argv[1:])\n",
        f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: clearml-agent\nVersion: 9.8.7\n",
        f"{INFO}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{INFO}/entry_points.txt": "[console_scripts]\nclearml-agent = stand_in:main\n",
        f"{INFO}/RECORD": "",
    }
    with ZipFile(folder / "clearml_agent-9.8.7-py3-none-any.whl", "w") as pack:
        for name, text in files.items():
            pack.writestr(name, text)


@pytest.fixture
def bench(tmp_path: Path) -> BootBench:
    return BootBench(tmp_path)


def test_the_images_own_is_taken(bench: BootBench) -> None:
    bench.command("clearml-agent", (bench.commands / "agent").read_text())
    said = bench.boot(bench.spec(agent={}))
    assert f'name="agent" seconds=0.0 program="{bench.commands}/clearml-agent"' in said
    assert bench.told("agent")[0]["argv"][0] == "daemon"


def test_a_missing_one_is_installed_as_the_operators_variables_tell_pip(bench: BootBench) -> None:
    wheel(bench.root)
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(bench.root)}
    said = bench.boot(bench.spec(agent={"version": "9.8.7"}, environment=pip))
    assert f'program="{bench.folder}/agent/bin/clearml-agent"' in said
    assert "installed daemon --foreground --queue q1 --cpu-only" in said


def test_a_version_that_is_nowhere_ends_the_machine_with_pips_reason(bench: BootBench) -> None:
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(bench.root)}
    said = bench.boot(bench.spec(agent={"version": "9.8.7"}, environment=pip))
    reason = "clearml-agent 9.8.7 failed: ERROR: No matching distribution"
    assert f'phase="agent" reason="{reason}' in said
    assert len(bench.told("shutdown")) == 1


@pytest.fixture
def lame(bench: BootBench) -> str:
    """A Python without venv, until apt has installed something."""
    seen, real = bench.root / "apt-get.told", bench.commands / "python3"
    wanted = f'grep -q python3-venv {seen} && exec {real} "$@"'
    bench.command("lame", f"{wanted}\necho ensurepip is not available; exit 1")
    return str(bench.commands / "lame")


def test_a_python_without_venv_gets_it_from_apt(lame: str, bench: BootBench) -> None:
    wheel(bench.root)
    path = f"{bench.commands}{os.pathsep}{os.defpath}"
    pip = {"PATH": path, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(bench.root)}
    found = program(bench.folder, {"command": [], "version": "9.8.7"}, pip, lame)
    assert found == [f"{bench.folder}/agent/bin/clearml-agent"]
    argv = [one["argv"] for one in bench.told("apt-get")]
    assert argv == [["-q", "update"], ["-q", "install", "--yes", "python3-venv"]]


def test_where_there_is_no_apt_the_image_is_to_blame(lame: str, bench: BootBench) -> None:
    bench.root.joinpath("commands", "apt-get").unlink()
    with pytest.raises(BootError, match="has no venv: use an image whose Python has it"):
        program(bench.folder, {"command": [], "version": "9.8.7"}, {"PATH": "/nowhere"}, lame)
