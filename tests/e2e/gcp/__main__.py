"""python -m tests.e2e.gcp: the functions, from three tasks to no machine, as JSON."""

from __future__ import annotations

import json
import sys
import traceback
from typing import Any

from tests.e2e.gcp.dead_letters import dead_letters, poisoned
from tests.e2e.gcp.scene import FOLDER, scene
from tests.e2e.gcp.tasks import tasks


def main() -> int:
    """Its exit code is 1 when a promise was broken."""
    found: dict[str, Any] = {"broken": []}
    try:
        with scene(FOLDER) as stage:
            found["up_s"] = round(stage.say("four functions are up"), 1)
            poisoned(stage)
            for part in (tasks, dead_letters):
                told = part(stage)
                found["broken"] += told.pop("broken")
                found[part.__name__] = told
            found["broken"] += [*stage.machines.errors, *stage.compute.mistakes]
            found["all_s"] = round(stage.say("over"), 1)
    except Exception as error:  # noqa: BLE001 - the last line is JSON, whatever happened
        traceback.print_exc()
        found["broken"].append(f"{type(error).__name__}: {str(error)[:300]}")
    print(json.dumps(found))
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
