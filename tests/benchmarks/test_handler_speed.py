"""What a warm invocation of the poller computes in a large deployment. docs/benchmarks.md."""

from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from moto import mock_aws
from pytest_benchmark.fixture import BenchmarkFixture

from autoscaler.adapters.aws.clients import Clients, forget_session
from tests.benchmarks.aws.tick import poked
from tests.functions.lab import Context, Loader, lab, quiet_again
from tests.real.aws import CREDENTIALS
from tests.services.crowd import at_work

MACHINES, QUEUES = 1000, 200


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loader]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    forget_session()
    with mock_aws(), lab(Clients(), tmp_path) as here:
        yield Loader(here, monkeypatch)
    quiet_again()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.benchmark(timer=process_time)
def test_a_warm_invocation_with_a_thousand_machines(
    benchmark: BenchmarkFixture, load: Loader
) -> None:
    stage = at_work(MACHINES, QUEUES)
    module: Any = load("poller")
    host = module.in_force.current()
    vars(host).update(deployment=stage.deployment, poller=stage.poller)  # every port in memory
    vars(module.in_force)["current"] = lambda: host  # nor does it look for what has changed
    answer = benchmark.pedantic(  # type: ignore[no-untyped-call]
        module.handler, args=(poked(host.config.name), Context()), rounds=20, warmup_rounds=2
    )
    assert len(answer["gens"]) == 1
