"""Fixtures of the guard's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine.clouds import Cloud, on_ec2, on_gce
from tests.machine.guard_bench import GuardBench, guard_bench
from tests.machine.metadata.ec2 import Ec2Metadata
from tests.machine.metadata.gce import GceMetadata


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[GuardBench]:
    with guard_bench(tmp_path) as bench:
        yield bench


@pytest.fixture
def ec2() -> Iterator[Ec2Metadata]:
    with Ec2Metadata() as service:
        yield service


@pytest.fixture
def gce() -> Iterator[GceMetadata]:
    with GceMetadata() as service:
        yield service


@pytest.fixture(params=["ec2", "gce"])
def cloud(request: pytest.FixtureRequest) -> Cloud:
    if request.param == "ec2":
        return on_ec2(request.getfixturevalue("ec2"))
    return on_gce(request.getfixturevalue("gce"))
