"""`python -m autoscaler.world`: the stand-in server as a process of its own."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from autoscaler.world.clearml.users import Credentials
from autoscaler.world.server import StandIn, random_id


def main() -> None:
    """Serve until SIGTERM or SIGINT. The first line of output tells where, as JSON."""
    options = _options()
    finished = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: finished.set())
    credentials = Credentials(options.access_key, options.secret_key)
    with StandIn(port=options.port, log_file=options.log, credentials=credentials) as standin:
        told = {
            "url": standin.url,
            "access_key": credentials.access_key,
            "secret_key": credentials.secret_key,
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        finished.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m autoscaler.world", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--log", type=Path, help="the server log, as JSON lines")
    parser.add_argument("--access-key", default=random_id())
    parser.add_argument("--secret-key", default=random_id())
    return parser.parse_args()


if __name__ == "__main__":
    main()
