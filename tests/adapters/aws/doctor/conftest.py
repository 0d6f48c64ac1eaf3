from collections.abc import Iterator

import pytest

from autoscaler.adapters.aws.clients import forget_session
from tests.adapters.aws.doctor.account import Account, sound_account


@pytest.fixture(scope="module", autouse=True)
def _session() -> Iterator[None]:
    forget_session()
    yield
    forget_session()


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with sound_account(monkeypatch) as account:
        yield account
