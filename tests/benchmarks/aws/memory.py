"""`python -m tests.benchmarks.aws.memory`: the most memory that each function ever needs here.

In use, not only imported: the launcher asks for a hundred machines, the others see a thousand.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.aws.cost import MEMORY
from tests.benchmarks.aws.deployed import Deployed, deployed
from tests.benchmarks.aws.sides import Sides, sides
from tests.functions.lab import every_minute, record
from tests.real import dynamodb_local

MACHINES, ORDERED = 1000, 97  # as many as one order has on AWS
_TICKS = 5


def peaks(both: Sides) -> Mapping[str, float]:
    """MB, by function."""
    with (
        tempfile.TemporaryDirectory() as folder,
        deployed(both, Path(folder), ["cpu"], MACHINES + ORDERED) as made,
    ):
        made.crowd(MACHINES)
        for _ in range(_TICKS):
            made.agents.report()
            made.invoke("poller", every_minute())
        (order,) = made.ordered("cpu", ORDERED)
        made.invoke("launcher", _batch(order, "launch"))
        assert len(made.cloud.living()) == MACHINES + ORDERED
        _end_one(made)
        peaks: dict[str, float] = {}
        for name, cost in made.costs:
            peaks[name] = max(peaks.get(name, 0.0), cost.peak)
        return peaks


def _end_one(made: Deployed) -> None:
    """The watcher hears that a machine is gone, the reaper sees to what ran on it."""
    box = made.cloud.living()[0]
    box.stop(made.clock.now(), "Server.SpotInstanceTermination", "taken back")
    made.minute()


def _batch(body: str, queue: str) -> Mapping[str, object]:
    return {"Records": [record(body, "m", queue)]}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.aws.memory")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    if why := dynamodb_local.missing():
        sys.stderr.write(f"{why}\n")
        return 1
    found = peaks(sides())
    if wanted.json:
        print(json.dumps(found))
        return 0
    for name, peak in found.items():
        print(f"| {name} | {peak:.0f} MB | {MEMORY[name]} MB |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
