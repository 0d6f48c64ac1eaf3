"""What a machine does at its start, what it says about that, and how it gives up."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.machine.boot_bench import BootBench

pytestmark = pytest.mark.slow


@pytest.fixture
def bench(tmp_path: Path) -> BootBench:
    return BootBench(tmp_path)


def phases(said: str) -> list[str]:
    return re.findall(r'^\S+Z boot phase name="([a-z-]+)"', said, re.MULTILINE)


def reason(said: str) -> str:
    found = re.findall(r"^\S+Z boot boot-failed phase=(\S+) reason=(.+)$", said, re.MULTILINE)
    assert len(found) == 1, said
    return f"{json.loads(found[0][0])}: {json.loads(found[0][1])}"


def test_each_phase_is_told_once_in_order_and_kept_with_its_time(bench: BootBench) -> None:
    (bench.home / ".bashrc").write_text("")
    bench.command("nvidia-smi", "echo 'GPU 0: a GPU'")
    said = bench.boot(bench.spec(init_script="echo hello", cpu_only=False))
    expected = ["launched", "booted", "secrets", "init-script", "bashrc", "gpu", "agent", "guard"]
    assert phases(said) == expected
    kept = bench.json("phases.json")
    assert [one["phase"] for one in kept] == expected
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", one["at"]) for one in kept[1:])
    assert all(one["seconds"] >= 0 for one in kept[2:])
    assert kept[5]["gpus"] == 1
    assert "\nhello\n" in said
    assert "guard guard-started" in said


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(
            {"init_script": "echo bye; exit 3"},
            "init-script: the init script ended with exit code 3",
            id="its init script fails",
        ),
        pytest.param(
            {"cpu_only": False, "gpu_wait": 0.1},
            "gpu: no GPU within 0.1 s: nvidia-smi was not found; use an image with the driver, or"
            " a CPU resource",
            id="its image has no driver",
        ),
        pytest.param(
            {"ca": {"ref": "file:/nowhere"}},
            "secrets: secret file:/nowhere: FileNotFoundError",
            id="a secret cannot be read",
        ),
        pytest.param(
            {"ca": {"ref": "env:NOWHERE"}},
            "secrets: secret env:NOWHERE: there is no such variable",
            id="a secret is not in the environment",
        ),
        pytest.param(
            {"agent": {"command": ["no-such-agent"]}},
            "agent: the agent no-such-agent was not found: name one that the image has",
            id="it has no agent",
        ),
        pytest.param(
            {"init_script": "sleep 60", "boot_deadline": 0.7},
            "init-script: the boot took longer than 0.7 s",
            id="it takes too long",
        ),
    ],
)
def test_a_machine_says_why_and_turns_itself_off_when(
    changed: dict[str, Any], expected: str, bench: BootBench
) -> None:
    said = bench.boot(bench.spec(**changed))
    assert reason(said) == expected
    assert bench.json("phases.json")[-1]["failed"] == expected.partition(": ")[2]
    assert [one["argv"] for one in bench.told("shutdown")] == [["-h", "now"]]
    assert bench.told("agent") == []


def test_the_operator_says_how_a_machine_is_turned_off(bench: BootBench) -> None:
    bench.boot(bench.spec(init_script="exit 1", power_off=["docker", "the end"]))
    assert [one["argv"] for one in bench.told("docker")] == [["the end"]]
    assert bench.told("shutdown") == []


def test_a_computer_that_is_not_ours_alone_stays_on(bench: BootBench) -> None:
    assert "boot-failed" in bench.boot(bench.spec(init_script="exit 1", power_off=[]))
    assert bench.told("shutdown") == []


def test_a_mistake_of_ours_is_told_by_its_place_and_ends_the_machine_too(bench: BootBench) -> None:
    (bench.folder / "machine.json").mkdir(parents=True)
    said = bench.boot(bench.spec())
    assert re.match(r"guard: IsADirectoryError in \w+\.py, line \d+$", reason(said))
    assert len(bench.told("shutdown")) == 1


def test_without_a_python_the_script_says_so_and_turns_the_machine_off(bench: BootBench) -> None:
    for version in ("", *(f".{minor}" for minor in range(8, 14))):
        name = f"python3{version}"
        (bench.commands / name).unlink(missing_ok=True)
        bench.command(name, "exit 1")
    said = bench.boot(bench.spec())
    assert reason(said).startswith("script: no Python 3.8 or newer was found")
    assert len(bench.told("shutdown")) == 1


def test_a_hung_init_script_leaves_nothing_behind(bench: BootBench, tmp_path: Path) -> None:
    late = tmp_path / "late"
    script = f"(sleep 1.5; touch {late}) & sleep 60"
    bench.boot(bench.spec(init_script=script, boot_deadline=0.7))
    bench.run("sleep 2")
    assert not late.exists()


def test_what_an_init_script_starts_may_go_on_after_it(bench: BootBench, tmp_path: Path) -> None:
    late = tmp_path / "late"
    script = f"(sleep 0.3; echo I am still here && touch {late}) &"
    bench.boot(bench.spec(init_script=script))
    bench.run(f"until [ -e {late} ]; do sleep 0.05; done")
    assert "I am still here" in (bench.folder / "init-script.log").read_text()


@pytest.mark.parametrize("asked", [True, False])
def test_bashrc_is_taken_over_unless_it_is_excluded(*, asked: bool, bench: BootBench) -> None:
    (bench.home / ".bashrc").write_text("echo noise\nexport SAID='a $b \"c\"\nd'\nexit 7\n")
    bench.boot(bench.spec(bashrc=asked))
    assert bench.told("agent")[0]["env"].get("SAID") == ('a $b "c"\nd' if asked else None)


def test_the_operators_environment_wins_over_bashrc(bench: BootBench) -> None:
    (bench.home / ".bashrc").write_text("export A=1 CLEARML_API_SECRET_KEY=theirs")
    bench.boot(bench.spec(environment={"A": "2"}))
    seen = bench.told("agent")[0]["env"]
    assert (seen["A"], seen["CLEARML_API_SECRET_KEY"]) == ("2", "a-clearml-secret")


def test_each_slot_is_a_worker_of_its_own(bench: BootBench) -> None:
    spec = bench.spec(cpu_only=False, slots=2, gpus=["0", "1,2"], docker="an/image -v a:b")
    bench.command("nvidia-smi", "echo 'GPU 0: a GPU'")
    bench.boot(spec, type="big", queue_ids=["q1", "q2"])
    seen = {one["env"]["CLEARML_WORKER_ID"]: one for one in bench.told("agent")}
    common = ["daemon", "--foreground", "--queue", "q1", "q2", "--gpus"]
    assert {worker: one["argv"] for worker, one in seen.items()} == {
        "team:cpu:big:machine-1:0": [*common, "0", "--docker", "an/image -v a:b"],
        "team:cpu:big:machine-1:1": [*common, "1,2", "--docker", "an/image -v a:b"],
    }
    assert len({one["env"]["TMPDIR"] for one in seen.values()}) == 2
    assert len({one["env"]["CLEARML_CONFIG_FILE"] for one in seen.values()}) == 2


def test_a_second_start_of_the_computer_boots_again(bench: BootBench) -> None:
    bench.boot(bench.spec())
    first = len(bench.told("agent"))
    (bench.folder / "ended").unlink()
    assert "boot-failed" not in bench.boot(bench.spec())
    assert len(bench.told("agent")) == 2 * first


def test_the_boots_deadline_is_over_with_the_boot(bench: BootBench) -> None:
    """The guard has one of its own; killed by a clock, it could not end what it has started."""
    bench.command("agent", "exec sleep 60")
    said = bench.boot(bench.spec(boot_deadline=3))
    assert 'guard ended reason="no worker was registered within 3 s"' in said
