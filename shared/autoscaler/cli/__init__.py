"""The command line `autoscaler`."""

import io
import sys


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    from autoscaler.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may not know ✓
    app()
