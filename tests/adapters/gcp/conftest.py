"""One Google Cloud for the session: the fake, and the emulators where they are installed."""

from collections.abc import Iterator

import pytest

from tests.adapters.gcp.fake_google.server import FakeGoogle
from tests.real import google_emulators


@pytest.fixture(scope="session")
def fake() -> FakeGoogle:
    return FakeGoogle()


@pytest.fixture(scope="session")
def fake_address(fake: FakeGoogle) -> Iterator[str]:
    with fake.serve() as address:
        yield address


@pytest.fixture(scope="session")
def firestore_emulator() -> Iterator[str]:
    yield from _emulator("firestore")


@pytest.fixture(scope="session")
def pubsub_emulator() -> Iterator[str]:
    yield from _emulator("pubsub")


def _emulator(name: str) -> Iterator[str]:
    if why := google_emulators.missing(name):
        pytest.skip(why)
    with google_emulators.running(name) as address:
        yield address
