"""ClearML's own autoscaler and ours, side by side: `make bench`, `make bench-quick`.

Writes `build/bench.json`; with --json it is printed as well, and the tables are not.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from tests.benchmarks.side_by_side import decision, faults, launch, report, spot
from tests.benchmarks.side_by_side.aims import aims
from tests.benchmarks.side_by_side.cases import BOOTS, TRACES, TUNING, names
from tests.benchmarks.side_by_side.plots import plot
from tests.benchmarks.side_by_side.pool import played
from tests.benchmarks.side_by_side.reference import known, ratios, regressions, write
from tests.benchmarks.side_by_side.seeds import fresh
from tests.benchmarks.side_by_side.workloads import Row, rows

BUILD: Final = Path("build")
QUICK: Final = ("burst100", "onoff", "sparse")
_BOOT = 180


def main() -> int:
    said = _said()
    console = Console(file=sys.stderr if said.json else sys.stdout, width=170)
    return _quick(said, console) if said.quick else _whole(said, console)


def _quick(said: argparse.Namespace, console: Console) -> int:
    found = rows(QUICK, (_BOOT,), TUNING[:1])
    launched = [launch.play(launch.SIZES[1])]
    passes = [decision.measured(100, 10)]
    report.workloads(console, found, "In short: one seed, one boot time")
    report.launches(console, launched)
    report.passes(console, passes)
    _keep(said, found, launched, passes)
    measured = ratios(found, launched)
    if said.write_reference:
        write(measured)
        return 0
    worse = regressions(measured, known())
    if passes[0].ours_cpu_ms > passes[0].peer_cpu_ms:
        worse.append("one pass computes more than ClearML's")
    for words in worse:
        console.print(f"[red]worse than tests/benchmarks/reference.json:[/] {words}")
    return 1 if worse else 0


def _whole(said: argparse.Namespace, console: Console) -> int:
    seeds = fresh(said.frozen) if said.frozen else TUNING
    wanted = tuple(said.only or names())
    boots = tuple(said.boots or BOOTS)
    console.print(f"seeds {seeds}; at other boot times than {_BOOT} s the first two")
    found = rows(wanted, [boot for boot in boots if boot == _BOOT], seeds)
    found += rows(wanted, [boot for boot in boots if boot != _BOOT], seeds[:2])
    for boot in boots:
        these = [row for row in found if row.boot_s == boot]
        report.workloads(console, these, f"Boots of {boot} s on average")
        report.aims(console, aims(these), f"Aims at {boot} s")
    bought = played("spot", spot.play, spot.things())
    launched = played("launches", launch.play, launch.SIZES)
    wrong = played("faults", faults.play, faults.SCENES)
    report.spots(console, bought)
    report.launches(console, launched)
    report.faults(console, wrong)
    passes = [
        decision.measured(workers, queues)
        for workers in decision.WORKERS
        for queues in decision.QUEUES
    ]
    report.passes(console, passes)
    _keep(said, found, launched, passes)
    more: dict[str, Any] = {
        "spot": [s.document() for s in bought],
        "faults": [f.document() for f in wrong],
    }
    more["decide"] = [
        {"workers": p.workers, "queues": p.queues, "cpu_ms": p.decide_cpu_ms} for p in passes
    ]
    more["seeds"] = list(seeds)
    _write("bench-more.json", more)
    if said.plots:
        at_180 = [row for row in found if row.boot_s == _BOOT]
        said.plots.write_text(plot([row for row in at_180 if row.name not in TRACES]))
    return 0


def _keep(
    said: argparse.Namespace,
    found: list[Row],
    launched: list[launch.Launch],
    passes: list[decision.Pass],
) -> None:
    document = {
        "workloads": [row.document() for row in found],
        "decision": [each.document() for each in passes],
        "launch": [each.document() for each in launched],
    }
    _write("bench.json", document)
    if said.json:
        sys.stdout.write(json.dumps(document, indent=2) + "\n")


def _write(name: str, document: dict[str, Any]) -> None:
    BUILD.mkdir(exist_ok=True)
    (BUILD / name).write_text(json.dumps(document, indent=2) + "\n")


def _said() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="side_by_side", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under two minutes; fails if worse")
    parser.add_argument("--json", action="store_true", help="print build/bench.json")
    parser.add_argument("--frozen", metavar="HASH", help="draw fresh seeds from this commit")
    parser.add_argument("--only", nargs="+", choices=names(), help="these workloads")
    parser.add_argument("--boots", nargs="+", type=int, metavar="SECONDS", help="these boots")
    parser.add_argument("--plots", type=Path, metavar="FILE", help="write the plot there")
    parser.add_argument("--write-reference", action="store_true", help="with --quick: keep it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
