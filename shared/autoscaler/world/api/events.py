"""The `events` service: what tasks report, and their console read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autoscaler.world.api.endpoint import AnyEndpoint, Body, Call, Endpoint

if TYPE_CHECKING:
    from autoscaler.world.clearml.model import Document

BATCHES = {"events.add_batch"}
"""Endpoints whose body is `application/json-lines`."""


class Add(Body):
    requests: list[dict[str, Any]]


class GetTaskLog(Body):
    task: str
    batch_size: int | None = 500


def add_batch(call: Call, body: Add) -> Document:
    added, problems = call.world.events.add(body.requests)
    return {"added": added, "errors": len(problems), "errors_info": _counted(problems)}


def get_task_log(call: Call, body: GetTaskLog) -> Document:
    call.world.tasks.get(body.task)
    lines = call.world.events.of(body.task, type="log")
    newest = list(reversed(lines))[: body.batch_size]
    return {
        "events": [{**line.body, "@timestamp": line.time} for line in newest],
        "returned": len(newest),
        "total": len(lines),
    }


def _counted(problems: list[str]) -> Document:
    return {problem: problems.count(problem) for problem in problems}


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    Endpoint("events.add_batch", "1.0", Add, add_batch),
    Endpoint("events.get_task_log", "1.0", GetTaskLog, get_task_log),
)
