"""What a task can get of its machine's role, and what it can get of docker."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from autoscaler.world.clearml.model import Status
from tests.e2e.machine.stage import Lane, stage

_IMAGE, _ASKED = "a-task-image:1", "-e ASKED=1 --network host --privileged -v /:/host"
# It asks as code in a container would: one hop further away than the machine is.
_ASK = """
from urllib.request import Request, urlopen

service = os.environ["IN_CONTAINERS"] + "/latest/"

def ask(path, **options):
    try:
        return urlopen(Request(service + path, **options), timeout=3).read().decode()
    except OSError as error:
        return f"refused: {error}"

life = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
token = ask("api/token", method="PUT", headers=life)
answers = [token, ask("meta-data/iam/security-credentials/")]
if not token.startswith("refused"):
    told = {"X-aws-ec2-metadata-token": token}
    answers.append(ask("meta-data/iam/security-credentials/", headers=told))
for name, answer in zip(("token", "version 1", "role"), answers):
    print("got", name + ":", answer if name != "token" or "refused" in answer else "one")
"""


def metadata(folder: Path, say: Callable[[str], object]) -> dict[str, Any]:
    near, docker = _asked(folder / "hop-limit-1", 1)
    say(f"metadata, hop limit 1: {near}; docker: {docker}")
    far, _ = _asked(folder / "hop-limit-2", 2)
    say(f"metadata, hop limit 2: {far}")
    promises = {
        "a container gets no token by default": near.get("token", "").startswith("refused"),
        "and no role without one": near.get("version 1", "").startswith("refused"),
        "the trial can fail: with a hop limit of 2 it gets the role": far.get("role") == "worker",
        "docker runs the task's image": docker["image"],
        "with the arguments that the filter lets pass": docker["passed"] == ["ASKED=1"],
        "and no other": not docker["forbidden"],
        "and the machine's label": docker["labelled"],
    }
    broken = [f"metadata: {words}" for words, kept in promises.items() if not kept]
    return {"hop_limit_1": near, "hop_limit_2": far, "docker": docker, "broken": broken}


def _asked(folder: Path, hop_limit: int) -> tuple[dict[str, str], dict[str, Any]]:
    """What the task got; and, with the default limit, what docker was told."""
    lanes = [Lane("bare")]
    if hop_limit == 1:
        lanes.append(Lane("docker", changed={"docker": "a-default-image:1"}))
    with stage(folder, lanes, hop_limit=hop_limit) as ours, ours.scaling():
        tasks = [ours.enqueue("bare", _ASK)]
        if hop_limit == 1:
            container = {"image": _IMAGE, "arguments": _ASKED}
            tasks.append(ours.enqueue("docker", "pass", container=container))
        ours.await_status(tasks[0], Status.COMPLETED)
        got = [line[4:] for line in ours.console(tasks[0]).splitlines() if line.startswith("got ")]
        told = dict(line.split(": ", 1) for line in got)
        if hop_limit != 1:
            return told, {}
        ours.await_that("docker run", lambda: any("run" in one for one in _docker(ours.machines)))
        return told, _judged(next(one for one in _docker(ours.machines) if one[0] == "run"))


def _docker(machines: Callable[[str], Any]) -> list[list[str]]:
    return [call for machine in machines("docker") for call in machine.docker]


def _judged(run: list[str]) -> dict[str, Any]:
    """By what stands before the image: behind it is the container's own command."""
    options = run[: run.index(_IMAGE)] if _IMAGE in run else run
    pairs = list(pairwise(options))
    mounts = [value for option, value in pairs if option == "-v" and value.startswith("/:")]
    return {
        "image": _IMAGE in run,
        "passed": [value for option, value in pairs if option == "-e" and "ASKED" in value],
        "forbidden": [one for one in options if one in ("--network", "--privileged")] + mounts,
        "labelled": any("autoscaler-machine=" in one for one in options),
    }
