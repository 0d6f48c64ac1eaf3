"""A message that nobody can handle: set aside after its attempts, kept, and told to people."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.gcp.project import ATTEMPTS
from tests.e2e.gcp.scene import Scene

POISON = json.dumps({"v": 99, "kind": "launch", "deployment": "lab", "id": "none"})


def poisoned(scene: Scene) -> None:
    scene.project.publish("launch", POISON)
    scene.say("a message that no version understands was published")


def dead_letters(scene: Scene) -> dict[str, Any]:
    """How often the launcher tried; `broken`: promises that were."""
    project = scene.project
    scene.await_that(
        "it is among the dead letters", lambda: POISON in project.kept("dead-kept"), 60
    )
    scene.await_that("people were told", lambda: _mail(scene), 60)
    tries = [one["attempt"] for one in project.told("launcher", "message_poisoned")]
    expected = list(range(1, ATTEMPTS + 1))
    broken = [] if sorted(tries) == expected else [f"it was tried {tries}, not {expected}"]
    if [*project.kept("dead-kept")] != [POISON]:
        broken.append(f"other dead letters: {project.kept('dead-kept')}")
    return {"tries": len(tries), "broken": broken}


def _mail(scene: Scene) -> list[str]:
    told = [json.loads(text)["text"] for text in scene.project.kept("alerts-kept")]
    return [text for text in told if f"given up after {ATTEMPTS} attempts" in text]
