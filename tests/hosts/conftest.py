from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscaler.world.clearml.users import Credentials
from autoscaler.world.server import StandIn
from tests.hosts.lab import HostLab


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostLab]:
    with StandIn(credentials=Credentials("key", "secret")) as standin:
        yield HostLab(tmp_path, standin, monkeypatch)
