"""Prints what a function costs before its first tick or message, as JSON; for a process alone.

`server`: what Google starts it with. `import`: the entry point, as the server loads it. `made`:
with what its first request finds made. `compute`, where it is asked for: the client of Compute
Engine as well. Seconds are those of the CPU and count from the server's end, `peak` is in MB.
"""

import importlib
import json
import os
import sys
from time import process_time
from typing import Any

from tests.benchmarks.aws.process import peak

_SERVER = ("functions_framework", "functions_framework._http.gunicorn")
_COMPUTE = "google.cloud.compute_v1"


def main(function: str, *, compute: bool) -> dict[str, Any]:
    os.environ["FUNCTION_TARGET"] = function  # noqa: TID251  as the server does
    began = process_time()
    for name in _SERVER:
        importlib.import_module(name)
    told: dict[str, Any] = {"server": {"seconds": process_time() - began, "peak": peak()}}
    before, began = set(sys.modules), process_time()

    def step(name: str) -> None:
        told[name] = {
            "seconds": process_time() - began,
            "peak": peak(),
            "modules": sorted(set(sys.modules) - before),
        }

    entry: Any = importlib.import_module("functions.gcp.main")
    step("import")
    entry.in_force.current()
    step("made")
    if compute:
        importlib.import_module(_COMPUTE)
        step("compute")
    return told


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], compute="compute" in sys.argv[2:])))
