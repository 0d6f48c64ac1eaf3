"""The guard's part of the program, where user data has no room for all of it."""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
import zipfile
import zlib
from pathlib import Path
from typing import Mapping, Sequence  # noqa: UP035 - Python 3.8

from autoscaler.machine.boot.journal import BootError


def unpack(program: Path, parts: Sequence[str], sha256: str) -> None:
    """Add the files in the parts to the program. Raises BootError when they are others."""
    try:
        content = gzip.decompress(base64.b64decode("".join(parts), validate=True))
    except (binascii.Error, OSError, EOFError, zlib.error):
        content = b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BootError("the stored guard is not the one that was ordered: store it again")
    added: Mapping[str, str] = json.loads(content)
    with zipfile.ZipFile(str(program)) as pack:
        known = {name: pack.read(name).decode() for name in pack.namelist()}
    draft = program.with_name("guard.new")
    with zipfile.ZipFile(str(draft), "w") as pack:
        for name, text in {**known, **added}.items():
            pack.writestr(name, text)
    draft.chmod(0o600)
    draft.replace(program)
