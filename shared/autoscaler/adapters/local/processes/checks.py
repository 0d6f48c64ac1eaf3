"""What would keep machines from starting, under the keys of the configuration."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from autoscaler.adapters.local.processes.layout import agent_command
from autoscaler.adapters.local.processes.spec import ProcessSpec
from autoscaler.errors import Problem


def problems(root: Path, specs: Mapping[str, ProcessSpec]) -> list[Problem]:
    found = [*_folder(root)]
    for key, spec in specs.items():
        found += _programs(key, spec)
    return found


def _folder(root: Path) -> Iterator[Problem]:
    """The folder, or what it will be made in."""
    existing = next(one for one in (root, *root.parents) if one.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        yield Problem("workdir", str(root), f"let this user write to {existing}, or name another")


def _programs(key: str, spec: ProcessSpec) -> Iterator[Problem]:
    autoscaler, _, resource = key.partition("/")
    place = f"autoscalers[{autoscaler}].resources[{resource}]"
    if not agent_command(spec):
        remedy = "this program was not found: pip install clearml-agent"
        yield Problem(f"{place}.agent", " ".join(spec.command) or "clearml-agent", remedy)
    if spec.python and not shutil.which(spec.python):
        yield Problem(f"{place}.task_python", spec.python, "name a Python that this user may run")
    if spec.docker and not shutil.which("docker"):
        yield Problem(f"{place}.image", spec.docker, "install docker, or run tasks without it")
    if spec.gpus and len(spec.gpus) < spec.slots:
        remedy = f"list a GPU for each of the {spec.slots} slots"
        yield Problem(f"{place}.gpus", ", ".join(spec.gpus), remedy)
