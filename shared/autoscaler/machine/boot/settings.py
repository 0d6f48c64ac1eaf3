"""machine.json: what the guard is told, now that the machine knows its name."""

from __future__ import annotations

import hashlib
import shlex
from pathlib import Path
from typing import Any, Mapping  # noqa: UP035 - Python 3.8

from autoscaler.machine.boot.agent import command
from autoscaler.machine.boot.cloud import Identity

Document = Mapping[str, Any]


def machine_settings(
    startup: Document, folder: Path, identity: Identity, program: list[str]
) -> Document:
    """Without secrets: these are in the environment that guard and agents get."""
    guard, wanted = startup["guard"], startup["boot"]
    kind = wanted["type"] or identity.type
    worker = f"{wanted['prefix']}:{wanted['resource']}:{kind}:{identity.id}"
    label = f"autoscaler-machine={hashlib.sha256(identity.id.encode()).hexdigest()[:16]}"
    slots = range(wanted["slots"])
    workers = [worker] if len(slots) == 1 else [f"{worker}:{slot}" for slot in slots]
    agents = [
        {
            "worker": workers[slot],
            "command": command(program, guard["queues"], wanted, slot),
            "environment": _environment(wanted, workers[slot], folder / f"slot{slot}", label),
        }
        for slot in slots
    ]
    docker = label if wanted["docker"] else ""
    return {"guard": {**guard, "worker": worker, "agents": agents, "containers": docker}}


def _environment(wanted: Document, worker: str, own: Path, label: str) -> dict[str, str]:
    """What the slots do not share. Agents that share a temporary folder wait for each other."""
    docker = {"CLEARML_AGENT_EXTRA_DOCKER_LABELS": shlex.quote(label)} if wanted["docker"] else {}
    return {
        "CLEARML_WORKER_ID": worker,
        "CLEARML_CONFIG_FILE": str(own / "clearml.conf"),
        "CLEARML_AGENT_QUEUE_POLL_FREQ_SEC": f"{wanted['poll_every']:g}",
        "CLEARML_AGENT_STATUS_REPORT_FREQ_SEC": f"{wanted['report_every']:g}",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(own / "tmp"),
        **docker,
    }
