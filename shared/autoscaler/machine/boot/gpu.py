"""A GPU is there when its driver says so: on many images that is a while after the start."""

from __future__ import annotations

import shutil
import subprocess
from time import monotonic, sleep  # noqa: TID251 - this runs on the machine

from autoscaler.machine.boot.journal import BootError

_ASK_PATIENCE = 60.0


def await_gpus(path: str, patience: float) -> int:
    """How many there are. Raises BootError when the driver names none within these seconds."""
    end = monotonic() + patience
    while True:
        reason, count = _ask(path)
        if count:
            return count
        if monotonic() > end:
            raise BootError(f"no GPU within {patience:g} s: {reason}")
        sleep(min(2.0, patience / 4))


def _ask(path: str) -> tuple[str, int]:
    driver = shutil.which("nvidia-smi", path=path)
    if not driver:
        return "nvidia-smi was not found; use an image with the driver, or a CPU resource", 0
    try:
        told = subprocess.run(  # noqa: S603 - the driver's own program
            [driver, "--list-gpus"], capture_output=True, timeout=_ASK_PATIENCE, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"nvidia-smi: {type(error).__name__}", 0
    if told.returncode:
        return f"nvidia-smi ended with exit code {told.returncode}", 0
    return "nvidia-smi lists none", len(told.stdout.split(b"\n")) - 1
