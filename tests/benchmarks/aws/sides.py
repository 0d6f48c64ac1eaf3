"""Both sides as they are deployed: our archive unpacked, and the peer's package installed.

`build/bench/` keeps what was installed; a change of a lock, of the sources or of the interpreter
makes it anew.
"""

import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

from infra.package.__main__ import build
from infra.package.bytecode import interpreter
from infra.package.errors import PackagingError
from infra.package.libraries import PYTHON, uv
from infra.package.settings import read

ROOT = Path(__file__).parents[3]
PEER = "clearml==2.1.9"
_FOLDER = ROOT / "build" / "bench"
_MARK = ".wanted"
_LOCKS = ROOT / "requirements"
_CONFIG = """\
deployment: lab
clearml:
  api: https://api.clear.ml
  access_key: ssm:/clearml-autoscaler/lab/machines/clearml#access_key
  secret_key: ssm:/clearml-autoscaler/lab/machines/clearml#secret_key
aws: {instance_profile: clearml-autoscaler-lab-machines}
autoscalers:
  - name: team
    resources:
      - {name: cpu, provider: ec2, queues: [cpu], types: [g5.xlarge], max_instances: 1}
"""


@dataclass(frozen=True)
class Sides:
    """`python` runs both. Folders for its path, and sizes in bytes."""

    python: str
    ours: tuple[Path, ...]
    peer: tuple[Path, ...]
    zipped: int
    unpacked: int
    peer_installed: int
    peer_zipped: int

    def path(self, side: str) -> str:
        """The value of PYTHONPATH. The tests come last: they only bring what measures."""
        return ":".join(map(str, (*(self.ours if side == "ours" else self.peer), ROOT)))


def sides(*, with_peer: bool = False) -> Sides:
    """PackagingError when Python 3.13 or the libraries cannot be had here."""
    python = interpreter()
    if not python:
        raise PackagingError(f"Python {PYTHON} is what functions run on, and is not here")
    ours, runtime, peer = (_FOLDER / name for name in ("ours", "runtime", "peer"))
    archive = _FOLDER / "aws" / "functions.zip"
    _FOLDER.mkdir(parents=True, exist_ok=True)
    _package(archive, ours)
    installed(python, runtime, ["--no-deps", "--require-hashes", "-r", str(_LOCKS / "boto3.lock")])
    if with_peer:
        installed(python, peer, ["-c", str(_LOCKS / "dev.lock"), PEER])
    return Sides(
        python=python,
        ours=(ours, runtime),
        peer=(peer,),
        zipped=archive.stat().st_size,
        unpacked=size(ours),
        peer_installed=size(peer, without="__pycache__") if with_peer else 0,
        peer_zipped=_zipped(peer) if with_peer else 0,
    )


def _package(archive: Path, folder: Path) -> None:
    """The archive as `make package-aws` makes it, for this computer, unpacked as Lambda does."""
    config = _FOLDER / "autoscaler.yaml"
    config.write_text(_CONFIG)
    arm = platform.machine() in ("arm64", "aarch64")
    packed, compiled = build(
        read(config), archive.parent, architecture="arm64" if arm else "x86_64"
    )
    assert compiled
    if not _is(folder, packed.sha256):  # another run may be using it
        shutil.rmtree(folder, ignore_errors=True)
        with ZipFile(archive) as opened:
            opened.extractall(folder)
        (folder / _MARK).write_text(packed.sha256)


def _is(folder: Path, wanted: str) -> bool:
    mark = folder / _MARK
    return mark.exists() and mark.read_text() == wanted


def installed(python: str, folder: Path, what: Sequence[str]) -> None:
    """Compiled too, as files of Lambda's own runtime are."""
    locks = [(_LOCKS / f"{name}.lock").read_text() for name in ("boto3", "dev")]
    wanted = sha256(json.dumps([python, list(what), locks]).encode()).hexdigest()
    if _is(folder, wanted):
        return
    shutil.rmtree(folder, ignore_errors=True)
    command = [uv(), "pip", "install", "--quiet", "--target", str(folder), "--python", python]
    command += ["--link-mode", "copy", "--compile-bytecode", *what]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own words
    if done.returncode:
        raise PackagingError(f"{what[-1]} could not be installed:\n{done.stderr}")
    (folder / _MARK).write_text(wanted)


def size(folder: Path, without: str = "") -> int:
    files = [one for one in folder.rglob("*") if one.is_file()]
    return sum(one.stat().st_size for one in files if without not in one.parts)


def _zipped(folder: Path) -> int:
    """As large as an archive of it would be, without compiled files."""
    archive = _FOLDER / "peer.zip"
    mark = folder / ".zipped"
    if not mark.exists():
        with ZipFile(archive, "w", compression=8, compresslevel=9) as made:
            for one in sorted(folder.rglob("*")):
                if one.is_file() and "__pycache__" not in one.parts:
                    made.write(one, one.relative_to(folder))
        mark.write_text(str(archive.stat().st_size))
        archive.unlink()
    return int(mark.read_text())


if __name__ == "__main__":
    print(sides(), file=sys.stderr)
