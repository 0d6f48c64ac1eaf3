"""Many runs, over a few processes."""

import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from multiprocessing import Pool
from typing import NamedTuple

from tests.faults.drops import DROPS, NOTHING, WAYS
from tests.faults.ledger import MemoryLedger
from tests.faults.play import MakeLedger, Outcome, run
from tests.faults.report import Report


class Job(NamedTuple):
    """One run; its table is in this kind of store, at this address."""

    seed: int
    rate: float
    hours: float
    drop: str = ""
    control: bool = False
    state: str = "memory"
    address: str = ""


def played(jobs: Sequence[Job], processes: int) -> Report:
    """The sum of all runs, failures in the order of rate and seed."""
    report = Report()
    for outcome in outcomes(jobs, processes):
        report.add(outcome)
        if sys.stderr.isatty():
            end = "" if report.runs < len(jobs) else "\n"
            print(f"\r{report.runs} of {len(jobs)} runs", file=sys.stderr, end=end, flush=True)
    report.failures.sort(key=lambda failure: (failure.rate, failure.seed))
    return report


def outcomes(jobs: Sequence[Job], processes: int) -> Iterator[Outcome]:
    """Each run's outcome, in any order."""
    if processes == 1 or len(jobs) == 1:
        yield from _here(jobs)
        return
    with Pool(processes, quiet) as pool:
        yield from pool.imap_unordered(play, jobs)


def missed(drop: str, jobs: Sequence[Job]) -> tuple[str, Report]:
    """Play without the rule until what it protects breaks, or no job is left."""
    quiet()
    report = Report()
    for job in jobs:
        outcome = play(job._replace(drop=drop))
        report.add(outcome)
        if outcome.broken in DROPS[drop].breaks:
            break
    return drop, report


def all_missed(
    drops: Sequence[str], jobs: Sequence[Job], processes: int
) -> Iterator[tuple[str, Report]]:
    """The same for several rules, in any order."""
    with Pool(processes, quiet) as pool:
        yield from pool.imap_unordered(partial(missed, jobs=jobs), drops)


def play(job: Job) -> Outcome:
    drop = (DROPS | WAYS).get(job.drop, NOTHING)
    played = drop.control if job.control else drop
    return run(job.seed, job.rate, job.hours, played, _ledger(job))


def _ledger(job: Job) -> MakeLedger:
    """An SDK is imported by the runs that play on its store; most do not."""
    if job.state == "memory":
        return MemoryLedger
    if job.state == "dynamodb":
        from tests.faults.dynamo import DynamoLedger  # noqa: PLC0415  # see above

        return partial(DynamoLedger, job.address)
    from tests.faults.firestore import FirestoreLedger  # noqa: PLC0415  # see above

    return partial(FirestoreLedger, job.address)


def quiet() -> None:
    logging.disable(logging.CRITICAL)  # the story tells it better


def _here(jobs: Iterable[Job]) -> Iterator[Outcome]:
    quiet()
    try:
        for job in jobs:
            yield play(job)
    finally:
        logging.disable(logging.NOTSET)
