from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from autoscaler.adapters.aws.clients import Clients, forget_session
from tests.functions.lab import Lab, Loader, lab, quiet_again
from tests.real.aws import CREDENTIALS


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    forget_session()
    with mock_aws(), lab(Clients(), tmp_path) as made:
        yield made


@pytest.fixture
def load(here: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loader]:
    yield Loader(here, monkeypatch)
    quiet_again()
