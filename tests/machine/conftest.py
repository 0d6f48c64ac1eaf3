"""Fixtures of the guard's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine.guard_bench import GuardBench, guard_bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[GuardBench]:
    with guard_bench(tmp_path) as bench:
        yield bench
