"""Docker's way to ask for a login: docker-credential FOLDER get, the registry as its input."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autoscaler.machine.boot.fetch import patiently
from autoscaler.machine.boot.journal import BootError
from autoscaler.machine.boot.secrets import cloud_of, read


def main(arguments: list[str]) -> int:
    address, verb = sys.stdin.read().strip(), arguments[2]
    if verb != "get":  # nothing is kept, so there is nothing to store, erase or list
        return 0
    startup = read(Path(arguments[1]) / "startup.json")
    cloud, patience = cloud_of(startup), startup["boot"]["patience"]
    try:
        user, password = patiently(lambda: cloud.registry_login(address), patience)
    except BootError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps({"ServerURL": address, "Username": user, "Secret": password}))
    return 0
