"""`logs` of a machine that sends its journal to CloudWatch."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscaler.adapters.local.system import SystemClock
from autoscaler.core.ledger import Phase
from tests.cli.conftest import Run
from tests.cli.lab import FIRST, Lab
from tests.cli.stack import Deployed, stack
from tests.cli.test_config_on_aws import GPU, wanted
from tests.real.aws import REGION

GROUP, MACHINE = "/clearml-autoscaler/lab/machines", "i-0123456789abcdef0"
LOGS = ("logs", f"{FIRST}.0", "--host", "aws", "-c", "team.yaml")
LINES = ["cloud-final: boot", "clearml-autoscaler-guard: guard", "clearml-agent@0: agent"]


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Deployed]:
    both = f"regions: [{{region: {REGION}}}, {{region: eu-west-1}}], types"
    resource = GPU.replace("types", both)
    wanted(tmp_path / "team.yaml", resource=resource, top=f"machine: {{logs: {GROUP}}}")
    with stack(monkeypatch) as made:
        yield made


def gone(lab: Lab, deployed: Deployed) -> None:
    """Of the machine, EC2 knows nothing any more."""
    changes = {"autoscaler": "vision", "resource": "gpu", "compute": "ec2"}
    row = lab.instance(phase=Phase.GONE, instance_id=MACHINE, console=("kept",), **changes)
    deployed.add(row)


def send(deployed: Deployed, region: str, *lines: str) -> None:
    client = deployed.clients.logs(region)
    client.create_log_group(logGroupName=GROUP)
    client.create_log_stream(logGroupName=GROUP, logStreamName=MACHINE)
    now = int(SystemClock().now().timestamp() * 1000)  # none is kept that is old
    events = [{"timestamp": now, "message": line} for line in lines]
    client.put_log_events(logGroupName=GROUP, logStreamName=MACHINE, logEvents=events)


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        pytest.param((), LINES, id="all"),
        pytest.param(("-n", "1"), LINES[-1:], id="the last"),
        pytest.param(("-f",), LINES, id="until it has ended"),
    ],
)
@pytest.mark.parametrize("region", [REGION, "eu-west-1"])
def test_what_startup_guard_and_agent_said_outlives_the_machine(
    run: Run, lab: Lab, deployed: Deployed, region: str, flags: tuple[str, ...], shown: list[str]
) -> None:
    gone(lab, deployed)
    send(deployed, region, *LINES)

    told = run(*LOGS, *flags)

    assert (told.exit_code, told.stdout.splitlines(), told.stderr) == (0, shown, "")


def test_a_machine_that_sent_nothing_is_read_as_before(
    run: Run, lab: Lab, deployed: Deployed
) -> None:
    gone(lab, deployed)

    told = run(*LOGS)

    assert told.stdout.splitlines() == ["kept"]
    assert "its log is no longer kept" in told.stderr
