"""How long a tick of a large deployment takes. docs/benchmarks.md has the figure."""

from time import process_time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.services.crowd import at_work
from tests.services.test_calls import calls

MACHINES, QUEUES = 1000, 200


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.benchmark(timer=process_time)  # of this process alone, whatever else runs
def test_a_tick_of_a_thousand_machines(benchmark: BenchmarkFixture) -> None:
    stage = at_work(MACHINES, QUEUES)
    benchmark.pedantic(stage.poller.tick, rounds=20, warmup_rounds=2)  # type: ignore[no-untyped-call]
    asked = calls(stage)
    benchmark.extra_info["port calls"] = dict(asked)
    assert asked == calls(at_work(machines=8, queues=8))
