"""The `workers` service. The runtime properties of the Enterprise server are not here: 404."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from autoscaler.world.api.documents import worker_document
from autoscaler.world.api.endpoint import AnyEndpoint, Body, Call, Endpoint
from autoscaler.world.api.listing import Strings, tags_fit

if TYPE_CHECKING:
    from autoscaler.world.clearml import Worker
    from autoscaler.world.clearml.model import Document


class GetAll(Body):
    last_seen: int | None = 3600
    worker_pattern: str | None = None
    tags: Strings | None = None
    system_tags: Strings | None = None


class Register(Body):
    worker: str
    timeout: int | None = None
    queues: Strings | None = None
    tags: Strings | None = None
    system_tags: Strings | None = None


class Unregister(Body):
    worker: str


class StatusReport(Body):
    worker: str
    timestamp: int
    task: str | None = None
    queue: str | None = None
    queues: Strings | None = None
    tags: Strings | None = None
    system_tags: Strings | None = None
    machine_stats: dict[str, Any] | None = None


def get_all(call: Call, body: GetAll) -> Document:
    return {"workers": [worker_document(call.world, worker) for worker in _found(call, body)]}


def get_count(call: Call, body: GetAll) -> Document:
    return {"count": len(_found(call, body))}


def register(call: Call, body: Register) -> Document:
    call.world.workers.register(
        body.worker,
        user=call.user,
        queues=body.queues or (),
        timeout=timedelta(seconds=body.timeout) if body.timeout else None,
        tags=body.tags or (),
        system_tags=body.system_tags or (),
        ip=call.ip,
    )
    return {}


def unregister(call: Call, body: Unregister) -> Document:
    call.world.workers.unregister(body.worker, user=call.user)
    return {}


def status_report(call: Call, body: StatusReport) -> Document:
    call.world.workers.report(
        body.worker,
        user=call.user,
        task=body.task or None,
        queue=body.queue or None,
        queues=body.queues or (),
        tags=body.tags or (),
        system_tags=body.system_tags or (),
        ip=call.ip,
    )
    return {}


def _found(call: Call, body: GetAll) -> list[Worker]:
    last_seen = timedelta(seconds=body.last_seen) if body.last_seen else None
    found = call.world.workers.all(pattern=body.worker_pattern or "*", last_seen=last_seen)
    return [
        worker
        for worker in found
        if tags_fit(worker.tags, body.tags) and tags_fit(worker.system_tags, body.system_tags)
    ]


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    Endpoint("workers.get_all", "2.4", GetAll, get_all),
    Endpoint("workers.get_count", "1.0", GetAll, get_count),
    Endpoint("workers.register", "2.4", Register, register),
    Endpoint("workers.unregister", "2.4", Unregister, unregister),
    Endpoint("workers.status_report", "2.4", StatusReport, status_report),
)
