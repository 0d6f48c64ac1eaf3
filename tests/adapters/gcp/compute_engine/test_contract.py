"""Compute `gce` keeps the port's promises: on demand, on the spot market, and as preemptible."""

from collections.abc import Iterator

import pytest

from tests.adapters.gcp.compute_engine.bench import CONFIG, GceBench, gce_bench, resource
from tests.contracts.compute_contract import ComputeContract

pytestmark = pytest.mark.timeout(180, func_only=True)  # without loading the client

SPOT = resource("types: [g2-standard-4]", "spot: true")
PREEMPTIBLE = resource("types: [g2-standard-4]", "spot: true", "spot_model: preemptible")


class TestOnDemand(ComputeContract):
    @pytest.fixture
    def bench(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[GceBench]:
        with gce_bench(monkeypatch, CONFIG) as bench:
            yield bench


class TestSpot(ComputeContract):
    @pytest.fixture
    def bench(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[GceBench]:
        with gce_bench(monkeypatch, SPOT) as bench:
            yield bench


class TestPreemptible(ComputeContract):
    @pytest.fixture
    def bench(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[GceBench]:
        with gce_bench(monkeypatch, PREEMPTIBLE) as bench:
            yield bench
