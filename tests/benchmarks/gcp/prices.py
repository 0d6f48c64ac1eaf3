"""Google's list prices that a control plane meets, and what is free in every account for ever.

US dollars, regions of tier 1. From stored copies of Google's own pages on prices (Cloud Run,
Firestore, Pub/Sub, Scheduler, Secret Manager), read in November 2026; the copies are of different
years and agree. Operations of Firestore are those of its multi-regions: a region asks about half.
The free operations of Firestore are one database's of a project, which need not be this one: they
are told apart.
"""

from collections.abc import Mapping
from typing import Final

MILLION: Final = 1_000_000
MINUTES: Final = 43_800  # of a month of 730 hours
_GIB: Final = 2**30

LIST: Final[Mapping[str, float]] = {
    "run requests": 0.40 / MILLION,
    "run vCPU-seconds": 0.000024,
    "run GiB-seconds": 0.0000025,
    "firestore reads": 0.06 / 100_000,
    "firestore writes": 0.18 / 100_000,
    "firestore deletes": 0.02 / 100_000,
    "pubsub GiB": 40 / 1024,
    "scheduler jobs": 0.10,
    "secret versions": 0.06,
    "secret accesses": 0.03 / 10_000,
    "log GiB": 0.50,
}

# The whole billing account's (of logs: the project's), not a deployment's.
FREE: Final[Mapping[str, float]] = {
    "run requests": 2 * MILLION,
    "run vCPU-seconds": 180_000,
    "run GiB-seconds": 360_000,
    "pubsub GiB": 10,
    "scheduler jobs": 3,
    "secret versions": 6,
    "secret accesses": 10_000,
    "log GiB": 50,
}

_DAYS: Final = 730 / 24
FREE_DATABASE: Final[Mapping[str, float]] = {
    "firestore reads": 50_000 * _DAYS,
    "firestore writes": 20_000 * _DAYS,
    "firestore deletes": 20_000 * _DAYS,
}
"""Of one database in each project, day by day: an idle deployment uses every day the same."""


def priced(used: Mapping[str, float], *free: Mapping[str, float]) -> dict[str, float]:
    """Dollars of each; as if nothing else used the amounts that are `free`."""
    found = {}
    for name, amount in used.items():
        left = amount - sum(one.get(name, 0) for one in free)
        found[name] = max(0.0, left) * LIST[name]
    return found


def gib(of_bytes: float) -> float:
    return of_bytes / _GIB
