"""python -m tests.e2e.aws: the autoscaler deployed, from three tasks to no machine, as JSON."""

from __future__ import annotations

import json
import sys
import traceback
from typing import Any

from tests.e2e.aws.dead_letters import dead_letters
from tests.e2e.aws.deployment import osls, service
from tests.e2e.aws.scene import FOLDER, FUNCTIONS, Scene, scene
from tests.e2e.aws.tasks import tasks


def main() -> int:
    """Its exit code is 1 when a promise was broken."""
    found: dict[str, Any] = {"broken": []}
    try:
        with scene(FOLDER) as stage:
            found["deploy_s"] = round(stage.deployment.deploy_s, 1)
            found["package_mb"] = round(stage.deployment.archive.size / 1e6, 1)
            for part in (again, tasks, dead_letters, rights):
                told = part(stage)
                found["broken"] += told.pop("broken")
                found[part.__name__] = told
            found["broken"] += stage.machines.errors
    except Exception as error:  # noqa: BLE001 - the last line is JSON, whatever happened
        traceback.print_exc()
        found["broken"].append(f"{type(error).__name__}: {str(error)[:300]}")
    print(json.dumps(found))
    return 1 if found["broken"] else 0


def again(scene: Scene) -> dict[str, Any]:
    """The same configuration a second time: nothing to do."""
    done = osls(scene.cloud, service(scene.cloud), "deploy")
    same = "No changes to deploy" in done.stdout + done.stderr
    return {"broken": [] if same else [f"deployed again: {done.stdout}{done.stderr}"]}


def rights(scene: Scene) -> dict[str, Any]:
    """How many actions of AWS each function used; `broken`: those that its role does not allow."""
    calls = scene.calls
    template = service(scene.cloud) / ".serverless" / "cloudformation-template-update-stack.json"
    missing = [f"nothing was heard of the {each}" for each in FUNCTIONS if each not in calls.made]
    told = {function: len(actions) for function, actions in sorted(calls.made.items())}
    return {**told, "broken": [*missing, *calls.beyond(template)]}


if __name__ == "__main__":
    sys.exit(main())
