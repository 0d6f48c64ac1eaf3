"""Machines on one computer keep apart, and keep their secrets."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from autoscaler.adapters.local.processes.records import share_out
from autoscaler.core.fleet import Offering, offering_parts
from autoscaler.core.seen import Machine
from autoscaler.ports import Launched, Refused
from tests.machine.process_bench import ProcessBench, eventually, process_bench

SHOW = """
    import json, os
    with open({path!r}, "w") as file:
        json.dump(dict(os.environ), file)
    """


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ProcessBench]:
    with process_bench(tmp_path) as bench:
        yield bench


def test_a_secret_is_nowhere_but_in_the_environment_and_in_a_private_file(
    bench: ProcessBench,
) -> None:
    (machine,) = bench.launch()
    folder = bench.folder / machine.instance_id
    exposed = [" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])]
    exposed += [path.read_text() for path in (folder / "machine.json", folder / "log")]
    private = folder / "slot0" / "clearml.conf"
    assert "s3-secret" in private.read_text()
    assert private.stat().st_mode & 0o077 == 0
    assert [s for s in bench.secrets if any(s in text for text in exposed)] == []
    assert [s for s in bench.secrets if s in repr(bench.specs)] == []


def test_agents_inherit_little_of_our_environment(bench: ProcessBench) -> None:
    environ = {"PATH": "/usr/bin:/bin", "https_proxy": "http://proxy:3128", "LC_ALL": "C.UTF-8"}
    ours = {**environ, "AUTOSCALER_SECRET": "ours", "PYTHONPATH": "/ours", "HOME": "/home/me"}
    bench.compute = bench.processes("test", environ=ours)
    seen = environment_of_a_task(bench)
    assert {name: seen.get(name) for name in environ} == environ
    assert seen["GIT_PASSWORD"] == "a-password"
    assert {"AUTOSCALER_SECRET", "PYTHONPATH"} & seen.keys() == set()


def test_every_slot_has_its_own_folders_and_worker_id(bench: ProcessBench) -> None:
    bench.specs["team/cpu"] = bench.spec(slots=2)
    (machine,) = bench.launch()
    workers = eventually(lambda: both(bench, machine))
    assert workers == ["team:cpu:process:a-1-0:0", "team:cpu:process:a-1-0:1"]
    assert machine.worker == "team:cpu:process:a-1-0", "the slots' workers begin with it"
    agents = settings(bench, machine)["agents"]
    for name in ("HOME", "TMPDIR", "CLEARML_CONFIG_FILE"):
        assert len({agent["environment"][name] for agent in agents}) == 2


def test_a_home_that_is_given_is_shared(bench: ProcessBench, tmp_path: Path) -> None:
    bench.specs["team/cpu"] = bench.spec(home=tmp_path)
    assert environment_of_a_task(bench)["HOME"] == str(tmp_path)


@pytest.mark.parametrize(
    ("spec", "arguments"),
    [
        pytest.param({}, ["--cpu-only"], id="no GPU at all"),
        pytest.param({"cpu_only": False}, [], id="all that are there"),
        pytest.param({"gpus": ["2,3"], "cpu_only": False}, ["--gpus", "2,3"], id="GPUs"),
        pytest.param({"docker": "img:1"}, ["--cpu-only", "--docker", "img:1"], id="a container"),
        pytest.param(
            {"arguments": ["--order-fairness"]}, ["--cpu-only", "--order-fairness"], id="+"
        ),
    ],
)
def test_the_agent_is_told(
    spec: dict[str, Any], arguments: list[str], bench: ProcessBench
) -> None:
    bench.specs["team/cpu"] = bench.spec(**spec)
    (machine,) = bench.launch()
    command = settings(bench, machine)["agents"][0]["command"]
    assert command[command.index("daemon") :] == [
        "daemon",
        "--foreground",
        "--queue",
        bench.queue,
        *arguments,
    ]


def test_queues_are_named_by_id_in_their_order(bench: ProcessBench) -> None:
    other = bench.standin.world.queues.create("other").id
    order = bench.order("a").model_copy(update={"queue_ids": (other, bench.queue)})
    bench.compute.launch(order, bench.compute.render(order))
    (machine,) = bench.compute.machines()
    command = settings(bench, machine)["agents"][0]["command"]
    assert command[command.index("--queue") + 1 :][:2] == [other, bench.queue]


def test_tasks_that_use_a_given_python_build_nothing(bench: ProcessBench) -> None:
    bench.specs["team/cpu"] = bench.spec(python="/usr/bin/python3")
    seen = environment_of_a_task(bench)
    assert seen["CLEARML_AGENT_SKIP_PIP_VENV_INSTALL"] == "/usr/bin/python3"
    assert seen["CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL"] == "1"


def test_gpus_are_shared_out_and_given_back(bench: ProcessBench) -> None:
    bench.specs["team/cpu"] = bench.spec(gpus=["0", "1"], cpu_only=False)
    first, second = bench.launch(count=2)
    assert [gpus(bench, first), gpus(bench, second)] == [["0"], ["1"]]
    order = bench.order("b", count=2)
    request = bench.compute.render(order)
    refused = bench.compute.launch(order, request)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.operator) == ("NoFreeGpu", False)
    bench.compute.terminate(second.instance_id)
    answer = bench.compute.launch(order, request)
    assert isinstance(answer, Launched)
    (third,) = answer.machines
    assert (third.position, gpus(bench, third)) == (0, ["1"])
    bench.compute.terminate(first.instance_id)
    assert bench.compute.launch(order, request) == answer


@pytest.mark.parametrize(
    ("pool", "slots", "used", "expected"),
    [
        pytest.param("", 2, "", {0: "", 1: ""}, id="without a pool nothing is chosen"),
        pytest.param("0 1 2", 1, "", {0: "0", 1: "1"}, id="one for each"),
        pytest.param("0 1 2", 1, "0", {0: "1", 1: "2"}, id="not one that is used"),
        pytest.param("0 1 2", 2, "", {0: "0 1"}, id="one for each slot, or none"),
        pytest.param(
            "0,1 2,3", 1, "1", {0: "2,3"}, id="a device is used once, however it is named"
        ),
        pytest.param("0", 1, "0", {}, id="none is left"),
    ],
)
def test_sharing_out(pool: str, slots: int, used: str, expected: dict[int, str]) -> None:
    granted = share_out(range(2), slots, tuple(pool.split()), used.split())
    assert {at: " ".join(found) for at, found in granted.items()} == expected


@pytest.mark.parametrize("zone", ["", "here"])
def test_an_offering_s_key_is_taken_apart(zone: str) -> None:
    key = Offering(type="process", zone=zone).key
    assert offering_parts(key) == ("process", zone, "on-demand")


def test_the_guard_gets_later_limits_than_anybody_who_drains(bench: ProcessBench) -> None:
    bench.specs["team/cpu"] = bench.spec(max_idle=timedelta(minutes=10))
    (machine,) = bench.launch()
    assert settings(bench, machine)["idle"] == 45 * 60


def settings(bench: ProcessBench, machine: Machine) -> dict[str, Any]:
    found = json.loads((bench.folder / machine.instance_id / "machine.json").read_text())
    guard: dict[str, Any] = found["guard"]
    return guard


def gpus(bench: ProcessBench, machine: Machine) -> list[str]:
    command = settings(bench, machine)["agents"][0]["command"]
    return [command[at + 1] for at, word in enumerate(command) if word == "--gpus"]


def both(bench: ProcessBench, machine: Machine) -> list[str] | None:
    found = sorted(worker.id for worker in bench.standin.world.workers.all())
    return found if len(found) == len(settings(bench, machine)["agents"]) else None


def environment_of_a_task(bench: ProcessBench) -> dict[str, str]:
    bench.launch()
    path = bench.folder.with_name("environment")
    task = bench.submit(SHOW.format(path=str(path)))
    eventually(lambda: bench.task(task).status == "completed")
    found: dict[str, str] = json.loads(path.read_text())
    return found
