"""The fake of Google Cloud as a process of its own, which others may divide beside."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running() -> Iterator[str]:
    """Its address (host and port), for as long as it runs; what it holds is gone afterwards."""
    command = [sys.executable, "-m", "tests.adapters.gcp.fake_google"]
    with subprocess.Popen(  # noqa: S603  # our own arguments
        command, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.kill()
