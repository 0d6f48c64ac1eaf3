"""python -m tests.e2e.machine: the machine, whole: real agents under the real guard."""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.e2e.machine.peer import check_then_terminate
from tests.e2e.machine.race import race


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.machine", description=__doc__)
    parser.add_argument("--lanes", type=int, default=26, help="machines at once in the race")
    parser.add_argument("--rounds", type=int, default=2, help="pops per lane and window")
    wanted = parser.parse_args()
    found: dict[str, object] = {}
    for name, play in (("race", race), ("check_then_terminate", check_then_terminate)):
        with TemporaryDirectory() as folder:
            found[name] = play(Path(folder), wanted.lanes, wanted.rounds, _say)
    print(json.dumps(found))
    return 0


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
