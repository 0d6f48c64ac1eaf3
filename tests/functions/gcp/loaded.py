"""Prints what a function costs before its first tick or message, as JSON; for a process alone.

`import`: the entry point, as the server loads it; `made`: what its first request finds made. The
server's own modules are there before. Seconds are those of the CPU.
"""

import importlib
import json
import os
import sys
from time import process_time

import functions_framework  # noqa: F401  the server is there before

if __name__ == "__main__":
    os.environ["FUNCTION_TARGET"] = sys.argv[1]  # noqa: TID251  as the server does
    before = set(sys.modules)
    began = process_time()
    main = importlib.import_module("functions.gcp.main")
    imported = process_time() - began
    imports = set(sys.modules) - before
    main.in_force.current()
    told = {
        "import": {"seconds": imported, "modules": sorted(imports)},
        "made": {
            "seconds": process_time() - began,
            "modules": sorted(set(sys.modules) - before),
        },
    }
    print(json.dumps(told))
