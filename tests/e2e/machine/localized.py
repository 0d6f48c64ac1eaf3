"""A startup script that was rendered for a cloud, made to run on this computer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.e2e.machine.cloud import CloudMachine


def localized(
    script: str,
    machine: CloudMachine,
    endpoints: Mapping[str, str],
    faster: Mapping[str, Any] | None = None,
) -> str:
    """The script with the addresses and folders of this computer; all else stays.

    `faster`: how often its agents look and report, where a run has no time for what is usual.
    """
    lines = script.splitlines(keepends=True)
    (at,) = (number for number, line in enumerate(lines) if line.startswith('{"startup":'))
    document = json.loads(lines[at])
    guard, boot = document["startup"]["guard"], document["startup"]["boot"]
    guard["metadata"] = machine.metadata.url
    guard["power_off"] = [str(machine.folder / "bin" / "shutdown")]
    boot["home"] = str(machine.home)
    boot["units"] = str(machine.folder / "systemd" / "files")
    boot["endpoints"] = dict(endpoints)
    boot |= faster or {}
    lines[at] = json.dumps(document, separators=(",", ":")) + "\n"
    return "".join(lines)
