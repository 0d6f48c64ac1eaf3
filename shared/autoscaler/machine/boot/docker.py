"""Logins for docker: the operator's in its configuration, the cloud's own when one is needed."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Mapping  # noqa: UP035 - Python 3.8

from autoscaler.machine.boot.files import write_private

HELPER = "clearml-autoscaler"
# It runs wherever docker runs it, so it finds what it needs beside itself.
_PROGRAM = """\
#!/bin/sh
folder=$(dirname "$0")/..
exec "$folder/python" -I "$folder/guard.pyz" docker-credential "$folder" "$1"
"""


def log_in(path: Path, wanted: Mapping[str, Any]) -> None:
    """Add logins and proxies to docker's configuration; what else is in it stays.

    A cloud lends a login for an hour or some: docker asks our helper each time it needs one.
    """
    config: dict[str, Any] = _known(path)
    before = json.dumps(config)
    for one in wanted["registries"]:
        if one["user"]:
            pair = f"{one['user']}:{one['password']}".encode()
            login = {"auth": base64.b64encode(pair).decode()}
            config.setdefault("auths", {})[one["address"]] = login
        else:
            config.setdefault("credHelpers", {})[one["address"]] = HELPER
    names = {"http": "httpProxy", "https": "httpsProxy", "no": "noProxy"}
    proxy = {names[name]: value for name, value in wanted["proxy"].items() if value}
    if proxy:
        config.setdefault("proxies", {})["default"] = proxy
    if json.dumps(config) != before:
        write_private(path, json.dumps(config, indent=1))


def install_helper(folder: Path) -> None:
    """Where the agents' PATH begins."""
    write_private(folder / f"docker-credential-{HELPER}", _PROGRAM, 0o700)


def _known(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found
