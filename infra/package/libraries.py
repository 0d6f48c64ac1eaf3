"""The libraries of the functions, for Lambda's architecture whatever computer builds them."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import which

from infra.package.errors import PackagingError

PYTHON = "3.13"
ARCHITECTURES = {"arm64": "aarch64-manylinux2014", "x86_64": "x86_64-manylinux2014"}


def uv() -> str:
    """The command. PackagingError when there is none."""
    found = which("uv", path=str(Path(sys.executable).parent)) or which("uv")
    if not found:
        raise PackagingError("uv was not found: run `make setup`, which installs it")
    return found


def install(locks: Sequence[Path], target: Path, architecture: str) -> None:
    """Unpack the wheels that the locks name, each with its hash, into `target`."""
    command = [uv(), "pip", "install", "--quiet", "--target", str(target)]
    # A linked file would be uv's own copy: whoever changes it here changes it for everybody.
    command += ["--link-mode", "copy", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    command += ["--python-platform", ARCHITECTURES[architecture], "--python-version", PYTHON]
    for lock in locks:
        command += ["--requirements", str(lock)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own words
    if done.returncode:
        raise PackagingError(f"the libraries could not be installed:\n{done.stderr}")
