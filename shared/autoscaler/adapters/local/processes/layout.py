"""What a machine is made of: its record, its agents' commands, environment and configuration."""

import json
import shlex
import shutil
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from autoscaler.adapters.local.processes.records import (
    MachineRecord,
    digest,
    instance_id,
)
from autoscaler.adapters.local.processes.spec import ProcessSpec
from autoscaler.ports import Order

_PASSED = (
    *("PATH", "LANG", "LANGUAGE", "TZ", "USER", "LOGNAME", "SHELL", "HOME", "SSH_AUTH_SOCK"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("LD_LIBRARY_PATH", "XDG_RUNTIME_DIR", "DOCKER_HOST", "DOCKER_CONFIG"),
)
_PASSED_PREFIXES = ("LC_", "CUDA", "NVIDIA_")


def agent_command(spec: ProcessSpec) -> tuple[str, ...]:
    """How the agent is called; empty when it is not installed."""
    wanted = spec.command or (str(Path(sys.executable).with_name("clearml-agent")),)
    found = shutil.which(wanted[0]) or ("" if spec.command else shutil.which("clearml-agent"))
    return (found, *wanted[1:]) if found else ()


def environment(spec: ProcessSpec, environ: Mapping[str, str]) -> dict[str, str]:
    """The guard's environment, which its agents inherit: little of ours, and the login."""
    passed = {
        name: value
        for name, value in environ.items()
        if name in _PASSED or name.startswith(_PASSED_PREFIXES)
    }
    login = {
        "CLEARML_API_HOST": spec.api_server,
        "CLEARML_WEB_HOST": spec.web_server,
        "CLEARML_FILES_HOST": spec.files_server,
        "CLEARML_API_ACCESS_KEY": spec.access_key,
        "CLEARML_API_SECRET_KEY": spec.secret_key,
    }
    return {**passed, **spec.environment, **{name: one for name, one in login.items() if one}}


def machine_record(
    order: Order,
    spec: ProcessSpec,
    position: int,
    *,
    root: Path,
    gpus: tuple[str, ...],
    now: datetime,
    request_sha: str,
) -> MachineRecord:
    """The machine at this position of the order, with a folder below `root`."""
    machine = order.born(
        position, instance_id(order, position), prefix=spec.prefix, slots=spec.slots, at=now
    )
    folder = root / machine.instance_id
    workers = _workers(machine.worker, spec.slots)
    agents = [
        {
            "worker": worker,
            "command": _command(order, spec, gpus[slot : slot + 1]),
            "environment": _slot_environment(spec, worker, folder, slot),
        }
        for slot, worker in enumerate(workers)
    ]
    shared = {"worker": machine.worker, "queues": order.queue_ids, "agents": agents}
    return MachineRecord(
        deployment=order.deployment,
        index=order.indexes[position],
        request_sha=request_sha,
        gpus=gpus,
        machine=machine,
        guard={**shared, **_limits(spec, folder)},
    )


def files(record: MachineRecord, spec: ProcessSpec, root: Path) -> dict[str, str]:
    """The content of a new machine's folder, by path."""
    folder = root / record.machine.instance_id
    slots = {
        f"slot{slot}/{name}": text
        for slot in range(spec.slots)
        for name, text in (
            ("clearml.conf", _conf(spec, folder / f"slot{slot}")),
            ("home/.keep", ""),
            ("tmp/.keep", ""),
        )
    }
    return {"machine.json": record.model_dump_json(indent=1), "lock": "", "log": "", **slots}


def _workers(worker: str, slots: int) -> list[str]:
    return [worker] if slots == 1 else [f"{worker}:{slot}" for slot in range(slots)]


def _command(order: Order, spec: ProcessSpec, gpus: tuple[str, ...]) -> list[str]:
    return [
        *agent_command(spec),
        "daemon",
        "--foreground",
        *("--queue", *order.queue_ids),
        *(("--cpu-only",) if spec.cpu_only else ()),
        *(option for one in gpus for option in ("--gpus", one)),
        *(("--docker", spec.docker) if spec.docker else ()),
        *spec.arguments,
    ]


def _slot_environment(spec: ProcessSpec, worker: str, folder: Path, slot: int) -> dict[str, str]:
    own = folder / f"slot{slot}"
    found = {
        "CLEARML_WORKER_ID": worker,
        "CLEARML_CONFIG_FILE": str(own / "clearml.conf"),
        "CLEARML_AGENT_QUEUE_POLL_FREQ_SEC": f"{spec.poll_every.total_seconds():g}",
        "CLEARML_AGENT_STATUS_REPORT_FREQ_SEC": f"{spec.report_every.total_seconds():g}",
        "HOME": str(spec.home or own / "home"),
        "PYTHONUNBUFFERED": "1",
        # agents that share a folder for temporary files wait for each other
        "TMPDIR": str(own / "tmp"),
    }
    if spec.python:
        # only both together keep pip away from that interpreter
        found["CLEARML_AGENT_SKIP_PIP_VENV_INSTALL"] = spec.python
        found["CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL"] = "1"
    if spec.docker:
        found["CLEARML_AGENT_EXTRA_DOCKER_LABELS"] = shlex.quote(_label(folder))
    return found


def _conf(spec: ProcessSpec, own: Path) -> str:
    """HOCON: later lines win, so the operator's text does."""
    settings = {
        "agent.venvs_dir": str(own / "venvs"),
        "agent.disable_agent_update_check": True,
        "sdk.storage.cache.default_base_dir": str(own / "cache"),
    }
    lines = [f"{name}: {json.dumps(value)}" for name, value in settings.items()]
    return "\n".join([*lines, spec.conf, ""])


def _limits(spec: ProcessSpec, folder: Path) -> dict[str, Any]:
    return {
        **spec.seconds(),
        "containers": _label(folder) if spec.docker else "",
        "scratch": [f"slot{slot}" for slot in range(spec.slots)],
    }


def _label(folder: Path) -> str:
    """On every container of a machine, so that none outlives it."""
    return f"autoscaler-machine={digest(str(folder).encode())[:16]}"
