"""The startup script's text: fixed lines, a JSON document and our programs, read by no shell."""

import gzip
import json
from base64 import encodebytes
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from autoscaler.errors import ConfigError, Problem
from autoscaler.machine.pack import guard_parcel, is_later, sources
from autoscaler.machine.startup.spec import StartupSpec

EC2_LIMIT = 16_384  # bytes of user data, before EC2's base64
GCE_LIMIT = 262_144  # bytes of a metadata value

# What differs from machine to machine is the JSON document, which is one line of ASCII.
_SCRIPT = """\
#!/bin/sh
# Makes this machine a worker of ClearML queues. No secret is in it: the machine reads them.
folder="${AUTOSCALER_FOLDER:-/var/lib/clearml-autoscaler}"
fail() {
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) boot boot-failed phase=\\"script\\" reason=\\"$1\\""
    shutdown -h now
    exit 1
}
for python in python3 python3.13 python3.12 python3.11 python3.10 python3.9 python3.8 ""; do
    [ -z "$python" ] && fail "no Python 3.8 or newer was found: use an image that has one"
    "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null && break
done
mkdir -p "$folder" && chmod 700 "$folder" || fail "the machine folder could not be made"
"$python" -I -c '
import json, os, sys, zipfile
os.umask(0o077)
told = json.loads(sys.stdin.readline())
os.chdir(sys.argv[1])
with zipfile.ZipFile("guard.new", "w") as pack:
    for name, lines in told["files"]:
        pack.writestr(name, "".join(sys.stdin.readline() for _ in range(lines)))
with open("startup.new", "w") as file:
    json.dump(told["startup"], file)
os.replace("guard.new", "guard.pyz")
os.replace("startup.new", "startup.json")
' "$folder" <<'END' || fail "the machine folder could not be written"
"""
_END = """\
END
exec "$python" -I "$folder/guard.pyz" boot "$folder"
"""

_UNPACK = """\
#!/bin/sh
# The startup script, packed: base64 -d | gzip -d shows it. No secret is in it.
script="$(mktemp)" && base64 -d <<'END' | gzip -d >"$script"
"""
_END_OF_PACKED = """\
END
[ -s "$script" ] || {
    reason='phase="script" reason="it could not be unpacked"'
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) boot boot-failed $reason"
    shutdown -h now
    exit 1
}
exec sh "$script"
"""


def render_startup(
    spec: StartupSpec,
    *,
    resource: str,
    queue_ids: Sequence[str],
    type: str = "",
    launched: str = "",
) -> str:
    """The script; the same arguments give the same text.

    `queue_ids` in order of priority. `type`: empty is what the cloud says that the machine is.
    `launched`: when it was ordered (ISO 8601), where the cloud does not tell.
    """
    told = _told(spec)
    guard = {
        "worker": "",
        "queues": list(queue_ids),
        "agents": [],
        **spec.seconds(),
        "containers": "",
        "scratch": [f"slot{slot}" for slot in range(spec.slots)],
        **{name: told.pop(name) for name in ("source", "metadata", "keeper", "power_off")},
    }
    boot = {**told, "resource": resource, "type": type, "launched": launched}
    parcel = {"parts": boot.pop("guard_at"), "sha256": guard_parcel().sha256}
    startup = {"guard": guard, "boot": boot, "parcel": parcel}
    programs = _programs(spec)
    files = [[name, text.count("\n")] for name, text in programs.items()]
    document = json.dumps({"startup": startup, "files": files}, separators=(",", ":"))
    return "".join([_SCRIPT, document, "\n", *programs.values(), _END])


def user_data(text: str) -> bytes:
    """What EC2 takes: cloud-init unpacks it when it is packed. Raises ConfigError if too big."""
    data = text.encode()
    if len(data) > EC2_LIMIT:
        data = gzip.compress(data, mtime=0)
    if len(data) > EC2_LIMIT:
        raise ConfigError(
            Problem(
                "startup script",
                f"{len(data)} bytes, packed",
                f"EC2 takes {EC2_LIMIT}: keep the guard apart (guard_at), and init script, conf, "
                "certificates and known hosts as secrets; name them here (ssm:/PATH)",
            )
        )
    return data


def packed_script(text: str) -> str:
    """What Compute Engine takes: a script that unpacks the other one. ConfigError if too big.

    A third of its size, and of the row that keeps the request.
    """
    lines = encodebytes(gzip.compress(text.encode(), mtime=0)).decode()
    packed = f"{_UNPACK}{lines}{_END_OF_PACKED}"
    if len(packed) > GCE_LIMIT:
        raise ConfigError(
            Problem(
                "startup script",
                f"{len(packed)} bytes, packed",
                f"Google takes {GCE_LIMIT}: keep init script, conf, certificates and known hosts "
                "as secrets, and name them here (gcp-secret:NAME)",
            )
        )
    return packed


def _programs(spec: StartupSpec) -> dict[str, str]:
    """What boot needs there: not what it fetches, and on EC2 nothing of the other cloud."""
    foreign = "/boot/google.py" if spec.source == "ec2" else "/boot/aws.py"
    return {
        name: text
        for name, text in sources().items()
        if not (name.endswith(foreign) or (spec.guard_at and is_later(name)))
    }


def _told(spec: StartupSpec) -> dict[str, Any]:
    """In JSON's words: times in seconds, and "" where there is nothing."""
    limits = {"max_idle", "boot_deadline", "max_lifetime", "guard"}
    told: dict[str, Any] = _plain(spec.model_dump(exclude=limits))
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, timedelta):
        return value.total_seconds()
    return "" if value is None else value
