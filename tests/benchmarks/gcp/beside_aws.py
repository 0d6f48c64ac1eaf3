"""`python -m tests.benchmarks.gcp.beside_aws`: the same functions on both clouds, in one run.

In turns, each in a fresh process of Python 3.13, as it is deployed; medians of CPU milliseconds.
On AWS the runtime's own client is not in the figures; of Google's side its server is told apart.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from infra.package.errors import PackagingError
from tests.benchmarks.aws.deployed import deployed as on_aws
from tests.benchmarks.aws.processes import Process
from tests.benchmarks.aws.sides import ROOT, Sides, sides
from tests.benchmarks.gcp.idle import Idle, idle
from tests.benchmarks.gcp.sides import Deployed, deployed
from tests.functions.gcp.lab import configuration
from tests.real import dynamodb_local
from tests.real.functions_framework import FUNCTIONS

_TOPIC = "arn:aws:sns:eu-central-1:123456789012:messages"
_WITH_COMPUTE = ("launcher", "reaper")
_TICKS = 20


@dataclass(frozen=True)
class Row:
    """Milliseconds of CPU (medians), and the most memory in MB.

    `server`: Google's own, before the entry point. `compute`: with its client of Compute Engine.
    """

    function: str
    aws: float
    gcp: float
    server: float
    compute: float
    aws_memory: float
    gcp_memory: float


def main() -> int:
    wanted = _wanted()
    try:
        aws, gcp = sides(), deployed()
    except PackagingError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    rows = [_row(name, aws, gcp, wanted.rounds) for name in FUNCTIONS]
    megabytes = {
        "AWS's archive": aws.zipped,
        "AWS's archive, unpacked": aws.unpacked,
        "Google's sources, zipped": gcp.zipped,
        "Google's sources": gcp.unpacked,
        "Google's libraries": gcp.installed,
    }
    sizes = {name: round(size / 1e6, 1) for name, size in megabytes.items()}
    ticks = dict(_ticks(aws, gcp, wanted.rounds))
    if wanted.json:
        told = {"rows": [asdict(row) for row in rows], "megabytes": sizes, "tick": ticks}
        print(json.dumps(told))
    else:
        print(table(rows))
        print(f"\nMB: {', '.join(f'{name} {size}' for name, size in sizes.items())}")
        print(f"a warm idle tick, ms of CPU: {ticks}")
    return 0


def table(rows: list[Row]) -> str:
    lines = ["| | AWS | Google | ratio | its server | with Compute's client | memory |"]
    lines.append("|---|---|---|---|---|---|---|")
    for row in rows:
        compute = f"{row.compute:.0f} ms" if row.compute else ""
        both = f"{row.aws:.0f} ms | {row.gcp:.0f} ms | {row.gcp / row.aws:.2f}"
        memory = f"{row.aws_memory:.0f}, {row.gcp_memory:.0f} MB"
        lines.append(f"| {row.function} | {both} | {row.server:.0f} ms | {compute} | {memory} |")
    return "\n".join(lines)


def _row(name: str, aws: Sides, gcp: Deployed, rounds: int) -> Row:
    """A cold start, with all that is composed before the first tick or message."""
    with tempfile.TemporaryDirectory() as folder:
        ours = [
            (_on_aws(name, aws, Path(folder)), _on_gcp(name, gcp, Path(folder)))
            for _ in range(rounds)
        ]
    made = [google["made"] for _, google in ours]
    whole = [google.get("compute", google["made"]) for _, google in ours]
    return Row(
        function=name,
        aws=_milliseconds(cpu for (cpu, _), _ in ours),
        gcp=_milliseconds(one["seconds"] for one in made),
        server=_milliseconds(google["server"]["seconds"] for _, google in ours),
        compute=_milliseconds(one["seconds"] for one in whole) if name in _WITH_COMPUTE else 0,
        aws_memory=max(peak for (_, peak), _ in ours),
        gcp_memory=max(one["peak"] for one in whole),
    )


def _on_aws(name: str, aws: Sides, folder: Path) -> tuple[float, float]:
    environment = {
        "TABLE": "state",
        "TOPIC_ARN": _TOPIC,
        "CONFIG": str(aws.ours[0] / "autoscaler.json"),
        "PYTHONPATH": aws.path("ours"),
    }
    with Process(aws.python, f"functions.aws.{name}", folder / "log", environment) as one:
        return one.cold.cpu, one.cold.peak


def _on_gcp(name: str, gcp: Deployed, folder: Path) -> dict[str, Any]:
    config = folder / "autoscaler.json"
    config.write_text(json.dumps(configuration("https://api.clear.ml")))
    nowhere = "127.0.0.1:9"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": gcp.path,
        "GOOGLE_CLOUD_PROJECT": "lab-project",
        "DATABASE": "state",
        "PREFIX": "lab",
        "CONFIG": str(config),
        "FIRESTORE_EMULATOR_HOST": nowhere,
        "PUBSUB_EMULATOR_HOST": nowhere,
    }
    asked = [name, *(["compute"] if name in _WITH_COMPUTE else [])]
    ran = subprocess.run(  # noqa: S603 - our own words
        [gcp.python, "-P", "-m", "tests.functions.gcp.loaded", *asked],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def _ticks(aws: Sides, gcp: Deployed, rounds: int) -> Iterator[tuple[str, float]]:
    """Of a poller with two empty hands: no task, no machine."""
    turns: list[tuple[float, Idle]] = []
    if why := dynamodb_local.missing():
        sys.stderr.write(f"without AWS's tick: {why}\n")
        yield "Google", _milliseconds([idle(gcp).cpu])
        return
    for _ in range(rounds):
        with (
            tempfile.TemporaryDirectory() as folder,
            on_aws(aws, Path(folder), ["cpu"], 1) as made,
        ):
            for _ in range(2):
                made.minute()
            costs = [made.minute().cpu for _ in range(_TICKS)]
        turns.append((median(costs), idle(gcp)))
    yield "AWS", _milliseconds(cpu for cpu, _ in turns)
    yield "Google", _milliseconds(one.cpu for _, one in turns)


def _milliseconds(seconds: Any) -> float:
    return float(round(median(seconds) * 1000, 1))


def _wanted() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.gcp.beside_aws")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
