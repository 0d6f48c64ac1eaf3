"""Tasks that are a few lines of Python: no repository, no packages, no ClearML SDK."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from autoscaler.world.clearml import ClearML, Task


def python_task(
    name: str, code: str, *, project: str | None = None, tags: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the body of a `tasks.create` whose task runs `code`, dedented."""
    body: dict[str, Any] = {
        "name": name,
        "type": "training",
        "script": {
            "binary": "python3",
            "repository": "",
            "branch": "",
            "version_num": "",
            "tag": "",
            "entry_point": "task.py",
            "working_dir": ".",
            "diff": dedent(code),
            "requirements": {"pip": ""},
        },
        "tags": list(tags),
    }
    return {**body, "project": project} if project else body


def enqueue_python(world: ClearML, name: str, code: str, *, queue: str) -> Task:
    """Create such a task without HTTP and enqueue it: returned as it then is."""
    script = python_task(name, code)["script"]
    task = world.tasks.create(name, sections={"script": script})
    world.tasks.enqueue(task.id, queue)
    return world.tasks.get(task.id)
