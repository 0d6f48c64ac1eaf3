"""Compute `ec2` keeps the port's promises: with RunInstances, and with fleets."""

from collections.abc import Iterator

import pytest

from tests.adapters.aws.ec2_bench import Ec2Bench, ec2_bench, resource
from tests.contracts.compute_contract import ComputeContract

SPOT = resource("types: [g5.xlarge, g6.xlarge]", "spot: true")


class TestRunInstances(ComputeContract):
    @pytest.fixture
    def bench(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ec2Bench]:
        with ec2_bench(monkeypatch) as bench:
            yield bench


class TestFleets(ComputeContract):
    @pytest.fixture
    def bench(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ec2Bench]:
        with ec2_bench(monkeypatch, SPOT) as bench:
            yield bench
