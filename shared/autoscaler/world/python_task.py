"""Tasks that are a few lines of Python: no repository, no packages, no ClearML SDK."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def python_task(
    name: str, code: str, *, project: str | None = None, tags: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the body of a `tasks.create` whose task runs `code` (dedented) in the agent.

    An empty list of requirements, unlike an absent one, tells the agent to install nothing.
    """
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
