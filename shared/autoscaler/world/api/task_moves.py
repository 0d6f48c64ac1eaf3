"""The `tasks` service: the calls that change a task's status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoscaler.world.api.endpoint import AnyEndpoint, Body, Call, Endpoint
from autoscaler.world.clearml import Move, Status

if TYPE_CHECKING:
    from autoscaler.world.clearml.model import Document


class Ping(Body):
    task: str


class Said(Body):
    task: str
    status_reason: str | None = None
    status_message: str | None = None
    force: bool | None = False

    def move(self, call: Call) -> Move:
        return Move(
            by=call.user.id,
            reason=self.status_reason or "",
            message=self.status_message or "",
            force=bool(self.force),
        )


class Enqueue(Said):
    queue: str | None = None
    queue_name: str | None = None
    verify_watched_queue: bool | None = False
    update_execution_queue: bool | None = True


class Dequeue(Said):
    remove_from_all_queues: bool | None = False
    new_status: Status | None = None


def enqueue(call: Call, body: Enqueue) -> Document:
    queue_id = _target(call, body)
    fields = call.world.tasks.enqueue(
        body.task,
        queue_id,
        body.move(call),
        update_execution_queue=body.update_execution_queue is not False,
    )
    answer = {"queued": 1, "updated": 1, "fields": fields}
    if body.verify_watched_queue:
        answer["queue_watched"] = bool(call.world.workers.watching(queue_id))
    return answer


def dequeue(call: Call, body: Dequeue) -> Document:
    fields = call.world.tasks.dequeue(
        body.task,
        body.move(call),
        new_status=body.new_status,
        remove_from_all_queues=bool(body.remove_from_all_queues),
    )
    return {"dequeued": 1, "updated": 1 if fields else 0, "fields": fields}


def started(call: Call, body: Said) -> Document:
    return {**_updated(call.world.tasks.started(body.task, body.move(call))), "started": 1}


def stop(call: Call, body: Said) -> Document:
    move = body.move(call)
    return _updated(call.world.tasks.stop(body.task, move, user_name=call.user.name))


def stopped(call: Call, body: Said) -> Document:
    return _updated(call.world.tasks.stopped(body.task, body.move(call)))


def completed(call: Call, body: Said) -> Document:
    return _updated(call.world.tasks.completed(body.task, body.move(call)))


def failed(call: Call, body: Said) -> Document:
    return _updated(call.world.tasks.failed(body.task, body.move(call)))


def reset(call: Call, body: Said) -> Document:
    fields, removed = call.world.tasks.reset(body.task, body.move(call))
    call.world.events.forget(body.task)
    return {
        **_updated(fields),
        "deleted_models": 0,
        "dequeued": {"removed": removed} if removed else {},
        "events": {},
        "urls": {},
    }


def ping(call: Call, body: Ping) -> Document:
    call.world.tasks.ping(body.task)
    return {}


def _target(call: Call, body: Enqueue) -> str:
    """A name that no queue has yet makes one; without queue and name it is the default one."""
    if body.queue:
        return call.world.queues.get(body.queue).id
    if not body.queue_name:
        return call.world.queues.default().id
    named = call.world.queues.find(body.queue_name)
    return (named or call.world.queues.create(body.queue_name)).id


def _updated(fields: Document) -> Document:
    return {"updated": 1, "fields": fields}


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    Endpoint("tasks.enqueue", "1.0", Enqueue, enqueue),
    Endpoint("tasks.dequeue", "1.0", Dequeue, dequeue),
    Endpoint("tasks.started", "1.0", Said, started),
    Endpoint("tasks.stop", "1.0", Said, stop),
    Endpoint("tasks.stopped", "1.0", Said, stopped),
    Endpoint("tasks.completed", "1.0", Said, completed),
    Endpoint("tasks.failed", "1.0", Said, failed),
    Endpoint("tasks.reset", "1.0", Said, reset),
    Endpoint("tasks.ping", "1.0", Ping, ping),
)
