"""`up` as a process of its own: real agents, Ctrl-C, and what is told meanwhile."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from autoscaler.world.python_task import enqueue_python
from autoscaler.world.server import StandIn
from tests.cli.conftest import KEYS, Run
from tests.cli.lab import write_config
from tests.world.eventually import eventually

TEXT = """\
deployment: lab
polling_interval: 1s
clearml: {{api: "{api}", web: "{api}", files: "{api}"}}
autoscalers:
  - name: team
    max_idle: 3s
    resources:
      - name: cpu
        provider: process
        queues: [default]
        max_instances: 2
        cpu_only: true
        task_python: {python}
"""


@contextmanager
def up(folder: Path, *flags: str) -> Iterator[subprocess.Popen[str]]:
    """It is killed at the end, should it still run."""
    with (folder / "out").open("w") as told, (folder / "err").open("w") as logged:
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            [Path(sys.executable).with_name("autoscaler"), "up", *flags],
            cwd=folder,
            env={**os.environ, **KEYS},  # noqa: TID251 - what a person's shell would pass on
            stdout=told,
            stderr=logged,
            text=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def out(folder: Path) -> str:
    return (folder / "out").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, standin: StandIn) -> Path:
    write_config(tmp_path, TEXT, api=standin.url)
    return tmp_path


@pytest.mark.e2e
def test_it_scales_out_and_in_and_ctrl_c_ends_all_machines(
    folder: Path, standin: StandIn, run: Run
) -> None:
    queue = standin.world.queues.default().id
    tasks = [
        enqueue_python(standin.world, "task", "print('hello')", queue=queue).id for _ in range(3)
    ]
    with up(folder, "--on-shutdown", "all") as process:
        eventually(
            lambda: all(standin.world.tasks.get(t).status == "completed" for t in tasks), within=40
        )
        name = json.loads(run("status", "--json").stdout)["instances"][0]["name"]
        assert "hello" in run("logs", name, env=KEYS).stdout
        assert "agent-started" in " ".join(run("explain", name, env=KEYS).stdout.split())
        assert len(run("logs", name, "-n", "3", env=KEYS).stdout.splitlines()) == 3
        eventually(lambda: "drains" in out(folder))
        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=30) == 0

    told = out(folder)
    order = ["2 wanted", "starts", "is up", "is idle", "drains", "Stopped; no machine is left."]
    places = [told.index(words) for words in order]
    assert places == sorted(places)
    assert "launch_answered" in (folder / "err").read_text()
    assert "\x1b" not in told


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_orderly_end_is_0(folder: Path, number: signal.Signals) -> None:
    with up(folder, "--json") as process:
        eventually(lambda: '"tick"' in out(folder))
        process.send_signal(number)

        assert process.wait(timeout=10) == 0

    lines = [json.loads(line) for line in out(folder).splitlines()]
    assert (lines[0]["type"], lines[-1]["type"]) == ("started", "stopped")


@pytest.mark.slow
def test_the_second_ctrl_c_does_not_wait(folder: Path, standin: StandIn) -> None:
    standin.faults.add(match="queues.get_all", delay=8)
    with up(folder, "--json") as process:
        eventually(lambda: standin.log.of("queues.get_all"))
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=3) == 130
