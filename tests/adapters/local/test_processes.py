"""Compute `process` keeps the port's promises."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.compute_contract import ComputeContract
from tests.machine.process_bench import ProcessBench, process_bench


class TestProcesses(ComputeContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[ProcessBench]:
        with process_bench(tmp_path) as bench:
            yield bench
