"""Idle minutes of a deployment: its poller in Google's own server, and all that it asks for."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.adapters.gcp.fake_google.server import FakeGoogle
from tests.benchmarks.gcp.sides import Deployed
from tests.functions.gcp.lab import EVERY_MINUTE, lab
from tests.real.functions_framework import Served

WARM, MINUTES = 5, 60


@dataclass(frozen=True)
class Idle:
    """A minute on average: `calls` by name, documents by what was done, `cpu` in seconds.

    `log` in bytes; `published` counts messages; `memory` in MB, of the server's two processes.
    """

    calls: Mapping[str, float]
    documents: Mapping[str, float]
    compute: Mapping[str, float]
    published: float
    cpu: float
    log: float
    memory: float


def idle(side: Deployed | None = None) -> Idle:
    """`side`: as it is deployed; else with this interpreter and its libraries."""
    with tempfile.TemporaryDirectory() as folder, lab(Path(folder), listens=True) as here:
        changes = {"PYTHONPATH": side.path} if side else {}
        python = side.python if side else ""
        source = {"source": side.source / "main.py"} if side else {}
        environment = here.environment | changes
        with Served("poller", environment, here.folder, **source, python=python) as poller:
            _minutes(poller, WARM)
            here.google.heard.clear()
            here.cloud.calls.clear()
            cpu, log = poller.cpu, len(poller.log)
            _minutes(poller, MINUTES)
            used = poller.cpu - cpu
            return Idle(
                calls=_each(Counter(name for name, _, _ in here.google.heard)),
                documents=_each(_documents(here.google)),
                compute=_each(Counter(here.cloud.calls)),
                published=sum(
                    len(asked.messages)
                    for name, asked, _ in here.google.heard
                    if name == "Publish"
                )
                / MINUTES,
                cpu=used / MINUTES,
                log=(len(poller.log) - log) / MINUTES,
                memory=poller.memory,
            )


def _minutes(poller: Served, number: int) -> None:
    for _ in range(number):
        assert poller.post(EVERY_MINUTE) == 204, poller.log


def _each(total: Mapping[str, int]) -> dict[str, float]:
    return {name: number / MINUTES for name, number in sorted(total.items())}


def _documents(google: FakeGoogle) -> Counter[str]:
    """As they stand on the bill: what finds nothing counts as one read."""
    found: Counter[str] = Counter()
    for name, asked, answers in google.heard:
        found.update(_units(name, asked, answers))
    return found


def _units(name: str, asked: Any, answers: list[Any]) -> dict[str, int]:
    if name == "BatchGetDocuments":
        return {"reads": len(asked.documents)}
    if name == "RunQuery":
        return {"reads": max(1, sum(each.HasField("document") for each in answers))}
    if name == "Commit":
        deletes = sum(write.WhichOneof("operation") == "delete" for write in asked.writes)
        return {"writes": len(asked.writes) - deletes, "deletes": deletes}
    return {}
