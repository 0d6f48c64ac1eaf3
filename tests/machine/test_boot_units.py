"""Units of systemd: fixed text that systemd accepts, and that the guard's rules are in."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autoscaler.machine.boot.units import GUARD, LOGS, units
from tests.machine.boot_bench import BootBench

AGENT = "clearml-agent@.service"
ANALYZE = shutil.which("systemd-analyze")


def section(name: str, part: str) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign] # keys keep their case
    parser.read_string(units(Path("/a/folder"))[name])
    return dict(parser[part])


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is missing: install systemd")
@pytest.mark.parametrize("name", [AGENT, GUARD, LOGS])
def test_systemd_accepts_it(name: str, tmp_path: Path) -> None:
    (tmp_path / "python").symlink_to(sys.executable)
    for unit, text in units(tmp_path).items():
        (tmp_path / unit).write_text(text)
    one = tmp_path / name.replace("@.", "@0.")
    if not one.exists():
        one.write_text(units(tmp_path)[name])
    verified = subprocess.run(  # noqa: S603 - a constant
        [str(ANALYZE), "verify", "--man=no", str(one)], capture_output=True, check=False
    )
    ours = [line for line in verified.stderr.decode().splitlines() if str(tmp_path) in line]
    assert (verified.returncode, ours) == (0, [])


@pytest.mark.parametrize(
    ("unit", "setting", "value"),
    [
        pytest.param(AGENT, "Restart", "no", id="the guard alone starts a dead agent"),
        pytest.param(AGENT, "KillMode", "process", id="a task outlives its agent"),
        pytest.param(AGENT, "KillSignal", "SIGKILL", id="no agent aborts its task at the end"),
        pytest.param(GUARD, "Restart", "always", id="a dead guard comes back"),
        pytest.param(GUARD, "KillMode", "process", id="a dead guard takes nobody with it"),
        pytest.param(GUARD, "RestartPreventExitStatus", "3 4", id="an ended machine stays ended"),
    ],
)
def test_in_a_unit(unit: str, setting: str, value: str) -> None:
    assert section(unit, "Service")[setting] == value


def test_no_unit_ties_agents_to_the_guard() -> None:
    ties = {"BindsTo", "PartOf", "Requires", "Requisite"}
    assert ties & {*section(AGENT, "Unit"), *section(GUARD, "Unit")} == set()


@pytest.mark.slow
def test_boot_hands_over_to_systemd(tmp_path: Path) -> None:
    bench = BootBench(tmp_path)
    said = bench.boot(bench.spec(**bench.kept_by_systemd()))
    assert said.splitlines()[-1].split(maxsplit=1)[1].startswith('boot phase name="guard"')
    assert [one["argv"] for one in bench.told("systemctl")] == [
        ["daemon-reload"],
        ["enable", GUARD],
        ["restart", GUARD],
    ]
    written = {path.name: path.read_text() for path in (tmp_path / "units").iterdir()}
    assert written == units(bench.folder)
    assert (bench.folder / "python").resolve() == Path(sys.executable).resolve()
    assert bench.told("agent") == []


@pytest.mark.slow
def test_docker_pulls_images_through_the_proxy(tmp_path: Path) -> None:
    bench = BootBench(tmp_path)
    url = bench.secret("proxy", 'http://me:a"$b`c\\@proxy:3128')
    spec = bench.spec(
        **bench.kept_by_systemd(), docker="python:3.12", proxy={"https": {"ref": url}}
    )
    bench.boot(spec)
    asked = [one["argv"] for one in bench.told("systemctl")]
    assert asked[:2] == [["daemon-reload"], ["restart", "docker.service"]]
    drop_in = tmp_path / "units" / "docker.service.d" / "clearml-autoscaler.conf"
    kept = bench.folder / "docker.env"
    assert f"EnvironmentFile={kept}" in drop_in.read_text()
    value = r'"http://me:a\"\$b\`c\\@proxy:3128"'
    assert kept.read_text().splitlines() == [f"https_proxy={value}", f"HTTPS_PROXY={value}"]
    assert bench.open_files() == []


@pytest.mark.slow
def test_a_systemd_that_refuses_ends_the_machine(tmp_path: Path) -> None:
    bench = BootBench(tmp_path)
    bench.command("systemctl", "echo 'no bus' >&2; exit 1")
    said = bench.boot(bench.spec(**bench.kept_by_systemd()))
    assert 'phase="guard" reason="systemctl daemon-reload: no bus"' in said
    assert len(bench.told("shutdown")) == 1
