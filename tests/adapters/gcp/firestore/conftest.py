"""A new database for each test: in the fake, and in Google's emulator where it is installed."""

from itertools import count

import pytest

from autoscaler.adapters.gcp.firestore import Database, FirestoreState
from tests.adapters.gcp.firestore.opened import opened

_NUMBERS = count(1)


@pytest.fixture(params=["fake", pytest.param("emulator", marks=pytest.mark.slow)])
def address(request: pytest.FixtureRequest) -> str:
    name = {"fake": "fake_address", "emulator": "firestore_emulator"}[request.param]
    found: str = request.getfixturevalue(name)
    return found


@pytest.fixture
def database() -> Database:
    return Database("lab-project", f"state-{next(_NUMBERS)}")


@pytest.fixture
def state(address: str, database: Database) -> FirestoreState:
    return opened(address, database)
