"""Prints what importing an entry point costs and loads, as JSON; for a process of its own."""

import importlib
import json
import sys
from time import process_time

if __name__ == "__main__":
    before = set(sys.modules)
    began = process_time()
    importlib.import_module(sys.argv[1])
    seconds = process_time() - began
    print(json.dumps({"seconds": seconds, "modules": sorted(set(sys.modules) - before)}))
