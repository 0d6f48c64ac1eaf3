"""What machines sent to CloudWatch Logs, as moto keeps it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from autoscaler.adapters.aws.clients import Clients, forget_session
from autoscaler.adapters.aws.logs import LogStream
from autoscaler.adapters.local.system import SystemClock
from autoscaler.errors import UnavailableError
from tests.real.aws import CREDENTIALS
from tests.real.users import deny

GROUP, MACHINE = "/clearml-autoscaler/lab/machines", "i-0123456789abcdef0"


class Sender:
    """The machine: each call is one batch of lines."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self._at = int(SystemClock().now().timestamp() * 1000)  # none is kept that is old
        client.create_log_group(logGroupName=GROUP)
        client.create_log_stream(logGroupName=GROUP, logStreamName=MACHINE)

    def __call__(self, *lines: str) -> None:
        events = [{"timestamp": self._at + n, "message": line} for n, line in enumerate(lines)]
        self._at += len(lines)
        self.client.put_log_events(logGroupName=GROUP, logStreamName=MACHINE, logEvents=events)

    def stream(self, pause: Callable[[float], object] = lambda _: None) -> LogStream:
        return LogStream(self.client, GROUP, MACHINE, pause)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sender]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    forget_session()
    with mock_aws():
        yield Sender(Clients().logs())


def test_lines_come_oldest_first_and_without_secrets(machine: Sender) -> None:
    machine("cloud-final: boot phase", "cloud-final: CLEARML_API_SECRET_KEY=hunter2hunter2")
    machine("clearml-agent@0: a task runs")

    told = list(machine.stream().lines())

    assert told[0] == "cloud-final: boot phase"
    assert told[2] == "clearml-agent@0: a task runs"
    assert "hunter2" not in " ".join(told)


def test_more_lines_than_an_answer_holds(machine: Sender) -> None:
    written = [f"line {number}" for number in range(12_000)]
    for first in range(0, len(written), 4_000):
        machine(*written[first : first + 4_000])

    assert list(machine.stream().lines()) == written


@pytest.mark.parametrize(
    ("group", "machine_id"),
    [
        pytest.param(GROUP, "i-0fedcba9876543210", id="a machine that sent nothing"),
        pytest.param("/none", MACHINE, id="a group that is not there"),
    ],
)
def test_what_is_not_there_has_no_lines(machine: Sender, group: str, machine_id: str) -> None:
    stream = LogStream(machine.client, group, machine_id)

    assert not stream.exists()
    assert list(stream.lines()) == []


def test_who_follows_hears_what_comes_until_the_machine_has_ended(machine: Sender) -> None:
    machine("first")
    coming = [("second", "third"), (), ("last words",)]

    def time_passes(_seconds: float) -> None:
        if lines := coming.pop(0):
            machine(*lines)

    told = machine.stream(time_passes).lines(lambda: bool(coming))

    assert list(told) == ["first", "second", "third", "last words"]


@pytest.mark.usefixtures("machine")
def test_who_may_not_read_hears_which_call_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        deny(patch, "logs:GetLogEvents")
        stream = LogStream(Clients().logs(), GROUP, MACHINE)
        with pytest.raises(UnavailableError, match=f"logs:GetLogEvents {GROUP}"):
            stream.exists()
