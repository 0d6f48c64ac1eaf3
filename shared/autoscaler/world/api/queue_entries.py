"""The `queues` service: who stands where in a queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoscaler.world.api.documents import entry_document
from autoscaler.world.api.endpoint import AnyEndpoint, Body, Call, Endpoint
from autoscaler.world.clearml import Queue, errors

if TYPE_CHECKING:
    from autoscaler.world.clearml.model import Document


class Named(Body):
    queue: str


class NextTask(Named):
    get_task_info: bool | None = False
    task: str | None = None


class Member(Named):
    task: str


class Step(Member):
    count: int | None = 1


def get_num_entries(call: Call, body: Named) -> Document:
    return {"num": len(_by_queue_id(call, body.queue).entries)}


def peek_task(call: Call, body: Named) -> Document:
    entries = _by_queue_id(call, body.queue).entries
    return {"task": entries[0].task if entries else None}


def get_next_task(call: Call, body: NextTask) -> Document:
    entry = call.world.queues.pop(body.queue, task=body.task)
    if entry is None:
        return {}
    answer: Document = {"entry": entry_document(entry)}
    task = call.world.tasks.find(entry.task)
    if body.get_task_info and task:
        answer["task_info"] = {"company": task.company, "user": task.user}
    return answer


def add_task(call: Call, body: Member) -> Document:
    call.world.tasks.get(body.task)
    call.world.queues.add(body.queue, body.task)
    return {"added": 1}


def remove_task(call: Call, body: Member) -> Document:
    call.world.queues.remove(body.queue, body.task)
    return {"removed": 1}


def clear_queue(call: Call, body: Named) -> Document:
    """Every task of the queue returns to where it came from."""
    removed = [entry.task for entry in call.world.queues.get(body.queue).entries]
    for task in removed:
        call.world.tasks.dequeue(task)
    call.world.queues.clear(body.queue)
    return {"removed_tasks": removed}


def move_task_to_front(call: Call, body: Member) -> Document:
    return {"position": call.world.queues.move_to(body.queue, body.task, 0)}


def move_task_to_back(call: Call, body: Member) -> Document:
    last = len(call.world.queues.get(body.queue).entries)
    return {"position": call.world.queues.move_to(body.queue, body.task, last)}


def move_task_forward(call: Call, body: Step) -> Document:
    return _moved_by(call, body, -(body.count or 1))


def move_task_backward(call: Call, body: Step) -> Document:
    return _moved_by(call, body, body.count or 1)


def _by_queue_id(call: Call, queue_id: str) -> Queue:
    return call.world.queues.get(queue_id, errors.invalid_queue(queue_id=queue_id))


def _moved_by(call: Call, body: Step, steps: int) -> Document:
    queue = call.world.queues.get(body.queue)
    current = queue.position(body.task) or 0
    return {"position": call.world.queues.move_to(body.queue, body.task, current + steps)}


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    Endpoint("queues.get_num_entries", "2.15", Named, get_num_entries),
    Endpoint("queues.peek_task", "2.15", Named, peek_task),
    Endpoint("queues.get_next_task", "1.0", NextTask, get_next_task),
    Endpoint("queues.add_task", "2.4", Member, add_task),
    Endpoint("queues.remove_task", "2.4", Member, remove_task),
    Endpoint("queues.clear_queue", "2.31", Named, clear_queue),
    Endpoint("queues.move_task_to_front", "2.4", Member, move_task_to_front),
    Endpoint("queues.move_task_to_back", "2.4", Member, move_task_to_back),
    Endpoint("queues.move_task_forward", "2.4", Step, move_task_forward),
    Endpoint("queues.move_task_backward", "2.4", Step, move_task_backward),
)
