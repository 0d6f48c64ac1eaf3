"""The emulators of the Google Cloud SDK, Google's own, where they are installed.

Nothing fetches them: `gcloud components install cloud-firestore-emulator pubsub-emulator` does.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_USUAL = ("/usr/lib/google-cloud-sdk", "/usr/share/google-cloud-sdk", "/opt/google-cloud-sdk")
_JARS = {
    "firestore": "cloud-firestore-emulator/cloud-firestore-emulator.jar",
    "pubsub": "pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar",
}
_HOW: dict[str, Sequence[str]] = {
    "firestore": (
        "-cp",
        "JAR",
        "com.google.cloud.datastore.emulator.firestore.CloudFirestore",
        "start",
    ),
    "pubsub": ("-jar", "JAR"),
}
_TRIES, _BETWEEN = 600, 0.05


def missing(name: str) -> str:
    """Why the emulator of "firestore" or "pubsub" cannot be started here; "" when it can."""
    if not _jar(name):
        return f"the {name} emulator is not here: install it with the Google Cloud SDK"
    return "" if shutil.which("java") else f"the {name} emulator needs Java"


@contextmanager
def running(name: str) -> Iterator[str]:
    """Its address (host and port), for as long as it runs; what it holds is gone afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    how = [str(_jar(name)) if each == "JAR" else each for each in _HOW[name]]
    process = subprocess.Popen(  # noqa: S603  # our own arguments
        [
            shutil.which("java") or "java",
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",  # it never runs long enough for the second compiler
            *how,
            "--host=127.0.0.1",
            f"--port={port}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(name, process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _jar(name: str) -> Path | None:
    found = (jar for folder in _folders() for jar in folder.glob(f"platform/{_JARS[name]}"))
    return next(found, None)


def _folders() -> Iterator[Path]:
    """Where a Google Cloud SDK may be."""
    if said := os.environ.get("CLOUDSDK_ROOT_DIR"):
        yield Path(said)
    if command := shutil.which("gcloud"):
        yield Path(command).resolve().parents[1]
    yield from map(Path, _USUAL)
    yield Path.home() / "google-cloud-sdk"


def _wait(name: str, process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(_TRIES):
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(_BETWEEN)
            break
    raise RuntimeError(f"the {name} emulator did not start (exit code {process.poll()})")
