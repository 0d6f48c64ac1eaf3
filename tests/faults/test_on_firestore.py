"""The services on the table of Google Cloud, in the fake."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.faults.firestore import FirestoreLedger
from tests.faults.play import Outcome, run
from tests.real import fake_google

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with fake_google.running() as found:
        yield found


def played(address: str, seed: int) -> Outcome:
    return run(seed, rate=12, hours=0.5, made=partial(FirestoreLedger, address))


def test_nothing_breaks(address: str) -> None:
    outcome = played(address, seed=1)
    assert (outcome.broken, outcome.what) == ("", "")
    assert outcome.machines > 0
    assert outcome.tasks > 0


def test_the_same_seed_does_the_same_again(address: str) -> None:
    assert played(address, seed=2) == played(address, seed=2)
