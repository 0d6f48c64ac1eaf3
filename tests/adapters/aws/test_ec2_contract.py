"""Compute `ec2` keeps the port's promises: with RunInstances, and with fleets."""

from collections.abc import Iterator

import pytest

from tests.adapters.aws.ec2_bench import CONFIG, Ec2Bench, ec2_bench
from tests.contracts.compute_contract import ComputeContract

SPOT = "types: [g5.xlarge, g6.xlarge]\n        spot: true"


class TestRunInstances(ComputeContract):
    @pytest.fixture
    def bench(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ec2Bench]:
        with ec2_bench(monkeypatch) as bench:
            yield bench


class TestFleets(ComputeContract):
    @pytest.fixture
    def bench(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ec2Bench]:
        with ec2_bench(monkeypatch, CONFIG.replace("types: [g5.xlarge]", SPOT)) as bench:
            yield bench
