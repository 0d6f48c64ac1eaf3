"""What a cold start computes, beside what the ClearML SDK alone would. docs/benchmarks.md."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.functions.lab import FUNCTIONS, configuration
from tests.real.aws import CREDENTIALS
from tests.real.lambda_runtime import ROOT

ARN = "arn:aws:sns:eu-central-1:123456789012:messages"


def of_children() -> float:
    """CPU seconds of all child processes so far."""
    times = os.times()
    return times.children_user + times.children_system


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.benchmark(timer=of_children)
@pytest.mark.parametrize(
    "module", ["json", "clearml", *(f"functions.aws.{name}" for name in FUNCTIONS)]
)
def test_the_cpu_time_of_a_start(benchmark: BenchmarkFixture, module: str, tmp_path: Path) -> None:
    """The interpreter's own start is in it: `json` is nearly that alone."""
    config = tmp_path / "autoscaler.json"
    config.write_text(json.dumps(configuration("https://api.clear.ml")))
    environment = {**CREDENTIALS, "TABLE": "state", "TOPIC_ARN": ARN, "CONFIG": str(config)}

    def start() -> None:
        subprocess.run(  # noqa: S603  our own arguments
            [sys.executable, "-m", "tests.functions.loaded", module],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    benchmark.pedantic(start, rounds=7, warmup_rounds=1)  # type: ignore[no-untyped-call]
