"""ClearML's own refusals: HTTP status, subcode and message as the real server gives them."""

from __future__ import annotations


class RefusedError(Exception):
    """The server understood and says no; nothing has changed."""

    def __init__(self, status: int, subcode: int, message: str) -> None:
        super().__init__(f"{status}/{subcode} {message}")
        self.status = status
        self.subcode = subcode
        self.message = message


def invalid_value(field: str, problem: str) -> RefusedError:
    return RefusedError(400, 12, f"Validation error (error for field '{field}': {problem}.)")


def malformed_regex(problem: str) -> RefusedError:
    return RefusedError(400, 21, f"Malformed regular expression: err={problem}, extra_info=None")


def invalid_task(*ids: str) -> RefusedError:
    return RefusedError(400, 101, f"Invalid task id: ids=({', '.join(ids)})")


def invalid_status_change(current: str, new: str) -> RefusedError:
    return RefusedError(
        400,
        110,
        f"Invalid task status (Invalid status change): current_status={current}, new_status={new}",
    )


def not_new(current: str) -> RefusedError:
    return RefusedError(400, 110, f"Invalid task status: expected=created, status={current}")


def task_unchangeable(task: str, problem: str) -> RefusedError:
    return RefusedError(400, 123, f"Task cannot be deleted ({problem}): id={task}")


def events_not_added(problem: str) -> RefusedError:
    return RefusedError(400, 131, f"Events not added: {problem}")


def invalid_user(problem: str) -> RefusedError:
    return RefusedError(400, 301, f"Invalid user id ({problem})")


def invalid_queue(**named: str) -> RefusedError:
    described = ", ".join(f"{name}={value}" for name, value in named.items())
    return RefusedError(400, 701, f"Invalid queue id: {described}")


def task_not_in_queue(task: str, queue: str) -> RefusedError:
    return RefusedError(
        400, 703, f"Queue is invalid or task not in queue: task={task}, queue={queue}"
    )


def queue_not_empty(queue: str) -> RefusedError:
    return RefusedError(400, 704, f"Queue is not empty: id={queue}")


def already_queued(task: str) -> RefusedError:
    return RefusedError(
        400, 706, f"Failed adding task to queue since task is already queued: task={task}"
    )


def name_too_short(field: str) -> RefusedError:
    return RefusedError(400, 800, f"Data validation error: {field}=String value is too short")


def duplicate_value() -> RefusedError:
    return RefusedError(
        400,
        801,
        "Value combination already exists (unique field already contains this value): "
        "err=Tried to save duplicate unique keys (E11000 Duplicate Key Error)",
    )


def unauthorized(subcode: int, problem: str) -> RefusedError:
    return RefusedError(401, subcode, f"Unauthorized ({problem})")


def invalid_token(problem: str) -> RefusedError:
    return RefusedError(401, 30, f"Invalid token (invalid jwt token): reason={problem}")


def no_endpoint(name: str, version: str) -> RefusedError:
    return RefusedError(404, 0, f"Unable to find endpoint for name {name} and version {version}")


def unsupported_media_type() -> RefusedError:
    return RefusedError(415, 0, "Unsupported content encoding")
