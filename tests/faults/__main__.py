"""python -m tests.faults: the services under fault, seed after seed."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import product
from time import perf_counter

from tests.faults.drops import DROPS, FAST, WAYS
from tests.faults.many import Job, all_missed, played
from tests.faults.report import Report, compared, table, told
from tests.real import dynamodb_local, fake_google, google_emulators

_STORIES = 3
_STORES: Mapping[str, tuple[Callable[[], str], Callable[[], AbstractContextManager[str]]]] = {
    "memory": (str, lambda: nullcontext("")),
    "dynamodb": (dynamodb_local.missing, dynamodb_local.running),
    "firestore": (
        partial(google_emulators.missing, "firestore"),
        partial(google_emulators.running, "firestore"),
    ),
    "firestore-fake": (str, fake_google.running),
}
_GROUPS = {"all": tuple(DROPS), "fast": FAST}


def main() -> int:
    wanted = _arguments().parse_args()
    missing, running = _STORES[wanted.state]
    if why := missing():
        print(f"not played on {wanted.state}: {why}")
        return 0
    with running() as wanted.address:
        return _play(wanted)


def _play(wanted: argparse.Namespace) -> int:
    if wanted.compare:
        return _comparison(wanted)
    if wanted.drop in _GROUPS:
        return _ablation(wanted, _GROUPS[wanted.drop])
    began = perf_counter()
    report = _runs(wanted, wanted.drop)
    for failure in report.failures[:_STORIES]:
        print("\n".join(told(failure, drop=wanted.drop, state=wanted.state)), end="\n\n")
    document = report.document(perf_counter() - began)
    print(json.dumps(document) if wanted.json else _said(document))
    return 1 if report.failures else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--rate", default="1", help="one, or several: 0,1,5,12")
    parser.add_argument("--hours", type=float, default=4.0, help="simulated hours with work")
    drops = ["", *_GROUPS, *DROPS]
    parser.add_argument("--drop", choices=drops, default="", help="a rule to leave out")
    parser.add_argument("--compare", action="store_true", help="ways to let machines go")
    parser.add_argument("--control", action="store_true", help="keep it, in the same weather")
    parser.add_argument("--first", action="store_true", help="each drop until it is noticed")
    parser.add_argument("--state", choices=[*_STORES], default="memory")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="the last line is one object")
    return parser


def _runs(wanted: argparse.Namespace, drop: str) -> Report:
    return played(_jobs(wanted, drop), wanted.processes)


def _jobs(wanted: argparse.Namespace, drop: str) -> list[Job]:
    seeds = range(wanted.first_seed, wanted.first_seed + wanted.seeds)
    rates = [float(rate) for rate in wanted.rate.split(",")]
    how = (wanted.hours, drop, wanted.control, wanted.state, wanted.address)
    return [Job(seed, rate, *how) for seed, rate in product(seeds, rates)]


def _ablation(wanted: argparse.Namespace, drops: Sequence[str]) -> int:
    """Every rule left out; 1 when one of them is not missed."""
    if wanted.first:
        found = dict(all_missed(drops, _jobs(wanted, ""), wanted.processes))
    else:
        found = {name: _runs(wanted, name) for name in drops}
    rows = [(name, DROPS[name].rule, found[name]) for name in drops]
    print("\n".join(table(rows)))
    unnoticed = [n for n in drops if not set(DROPS[n].breaks) & found[n].violations.keys()]
    print(json.dumps({"drops": len(rows), "unnoticed": unnoticed}))
    return 1 if unnoticed else 0


def _comparison(wanted: argparse.Namespace) -> int:
    """Each way to let machines go, on the same stages; 1 when the guard lets a task die."""
    found = {name: _runs(wanted, name) for name in WAYS}
    print("\n".join(compared([(WAYS[name].rule, found[name]) for name in WAYS])))
    broken = {name: dict(report.violations) for name, report in found.items()}
    killed = {name: report.killed for name, report in found.items()}
    let_go = {name: report.let_go for name, report in found.items()}
    print(json.dumps({"killed": killed, "let_go": let_go, "violations": broken}))
    return 1 if killed["guard"] or any(broken.values()) else 0


def _said(document: dict[str, object]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in document.items())


if __name__ == "__main__":
    sys.exit(main())
