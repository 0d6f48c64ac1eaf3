"""`python -m tests.e2e.aws.install FOLDER`: the programs of the cloud on this computer."""

import subprocess
import sys
from pathlib import Path

from infra.package.bytecode import interpreter
from infra.package.libraries import PYTHON, uv

# Releases of a later day do not fit LocalStack; AWS's own runtime client is any.
LOCALSTACK = ["--exclude-newer", "2026-03-31", "localstack-core[runtime]==2026.3.0"]
WANTED = {"localstack": [*LOCALSTACK, "service_identity"], "lambda": ["awslambdaric", "boto3"]}


def main(folder: Path) -> int:
    """1 when this computer has no such Python."""
    python = interpreter()
    if not python:
        sys.stderr.write(f"Python {PYTHON} was not found: install it, and be it with pyenv\n")
        return 1
    for name, libraries in WANTED.items():
        place = folder / name
        _run(uv(), "venv", "--quiet", "--clear", "--python", python, str(place))
        into = ("--python", str(place / "bin" / "python"))
        _run(uv(), "pip", "install", "--quiet", *into, *libraries)
        (place / ".ready").touch()
    return 0


def _run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603 - our own words


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
