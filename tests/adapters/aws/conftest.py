from collections.abc import Iterator

import pytest
from moto import mock_aws

from autoscaler.adapters.aws.clients import Clients, forget_session
from tests.real.aws import CREDENTIALS


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """Clients of an empty account."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    forget_session()
    with mock_aws():
        yield Clients()
