"""`python -m tests.benchmarks.gcp.cost`: what the control plane costs in a month, when idle.

The poller runs idle minutes in Google's own server; everything that it asks for is counted. How
long a request takes on Cloud Run is the CPU time measured here, stretched by the share of a CPU
that the functions have, and the time that others take to answer, assumed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from math import ceil
from typing import Any

from infra.package.errors import PackagingError
from tests.benchmarks.gcp.idle import Idle, idle
from tests.benchmarks.gcp.prices import FREE, FREE_DATABASE, LIST, MINUTES, gib, priced
from tests.benchmarks.gcp.sides import deployed

# Seconds until the other side has answered, beside our own CPU time. Assumed, for one region.
ANSWERS = {"BatchGetDocuments": 0.01, "RunQuery": 0.02, "Commit": 0.03, "Publish": 0.03}
LISTING = 0.15  # a call of Compute Engine
CLEARML = 0.2  # both calls of a tick; a server may be far away
GIB, CPUS = 0.5, 1 / 3  # of each function: 512 MiB, and the part of a CPU that comes with it
_ROUNDED = 0.1  # seconds, upwards
_REQUEST_LOG = 1000  # bytes that Cloud Run writes of each request; assumed
_LEAST = 1000  # bytes of a publish or a push, whatever is in it
_RESTARTS = 30 * 4  # how often a month the poller starts anew and reads its login; assumed

Used = Mapping[str, float]


def seconds(minute: Idle) -> float:
    """Of one tick on Cloud Run, as billed."""
    asked = sum(minute.calls.get(name, 0) * each for name, each in ANSWERS.items())
    listed = sum(minute.compute.values()) * LISTING
    took = minute.cpu / CPUS + asked + listed + CLEARML
    return ceil(took / _ROUNDED) * _ROUNDED


def month(minute: Idle) -> Used:
    """Amounts by the names of the price list."""
    took = seconds(minute)
    return {
        "run requests": MINUTES,
        "run vCPU-seconds": MINUTES * took * CPUS,
        "run GiB-seconds": MINUTES * took * GIB,
        **{f"firestore {what}": n * MINUTES for what, n in minute.documents.items()},
        "pubsub GiB": gib(minute.published * 2 * _LEAST * MINUTES),
        "scheduler jobs": 1,
        "secret versions": 1,
        "secret accesses": _RESTARTS,
        "log GiB": gib((minute.log + _REQUEST_LOG) * MINUTES),
    }


def report(minute: Idle) -> dict[str, Any]:
    used = month(minute)
    return {
        "month": dict(used),
        "list": priced(used),
        "free": priced(used, FREE),
        "free database": priced(used, FREE, FREE_DATABASE),
        "tick": {
            "calls": dict(minute.calls),
            "documents": dict(minute.documents),
            "compute": dict(minute.compute),
            "cpu ms": round(minute.cpu * 1000, 1),
            "billed seconds": round(seconds(minute), 1),
            "log bytes": round(minute.log),
            "memory MB": round(minute.memory),
        },
    }


def table(told: Mapping[str, Any]) -> str:
    lines = [
        "| | an idle month | list price | with what is always free | and the free database |",
        "|---|---|---|---|---|",
    ]
    columns = ("list", "free", "free database")
    for name in (name for name in LIST if name in told["month"]):
        amount = told["month"][name]
        shown = f"{amount:,.2f}" if amount < 10_000 else f"{amount:,.0f}"
        prices = " | ".join(f"{told[column][name]:.3f} $" for column in columns)
        lines.append(f"| {name} | {shown} | {prices} |")
    sums = " | ".join(f"{sum(told[column].values()):.3f} $" for column in columns)
    return "\n".join([*lines, f"| together | | {sums} |"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.gcp.cost")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    try:
        told = report(idle(deployed()))
    except PackagingError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print(json.dumps(told) if wanted.json else f"{table(told)}\n\n{json.dumps(told['tick'])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
