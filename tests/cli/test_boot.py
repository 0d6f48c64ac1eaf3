"""How a boot went, and what is left of one that failed: in explain, status and logs."""

from datetime import timedelta

import pytest

from autoscaler.core.ledger import Breaker, Instance, Phase
from tests.cli.conftest import Run
from tests.cli.lab import FIRST, Lab

KEY = f"{FIRST}.0"
WORDS = "in gpu: no GPU within 600 s"
LAST = tuple(f"line {number}" for number in range(3))


def failed(lab: Lab, **changes: object) -> Instance:
    return lab.instance(
        **{
            "phase": Phase.GONE,
            "reason": "powered off",
            "registered_at": None,
            "idle_since": None,
            "gone_at": lab.ago(minutes=1),
            "boot": ("launched 3.0 s", "secrets 1.2 s", "gpu failed"),
            "boot_failed": WORDS,
            "console": LAST,
            **changes,
        }
    )


def test_explain_tells_how_long_each_step_took(run: Run, lab: Lab) -> None:
    lab.add(lab.instance(boot=("launched 3.0 s", "registered 41.0 s")))

    assert "launched 3.0 s, registered 41.0 s" in run("explain", "5N1A.0").stdout


@pytest.mark.parametrize(
    ("phase", "first"),
    [
        pytest.param(Phase.DRAINING, "it ends unless a task has come", id="while it is drained"),
        pytest.param(Phase.TERMINATING, "it is being ended", id="while it ends"),
        pytest.param(Phase.GONE, "it is gone", id="when it is gone"),
    ],
)
def test_explain_names_the_step_that_failed(run: Run, lab: Lab, phase: Phase, first: str) -> None:
    lab.add(failed(lab, phase=phase))

    shown = run("explain", "5N1A.0").stdout

    assert first in shown
    assert f"its boot failed {WORDS}" in shown
    assert "`autoscaler logs` shows its last lines" in shown


def test_explain_promises_no_lines_that_were_not_kept(run: Run, lab: Lab) -> None:
    lab.add(failed(lab, console=()))

    assert "autoscaler logs" not in run("explain", "5N1A.0").stdout


def test_status_names_the_step_already_after_one_failure(run: Run, lab: Lab) -> None:
    breaker = Breaker(
        key="team/cpu",
        failures=1,
        open_until=lab.now + timedelta(minutes=3),
        reason=f"powered off; it failed {WORDS}",
    )
    lab.add(lab.decision(), breaker)

    shown = " ".join(run("status", env={"COLUMNS": "200"}).stdout.split())

    assert f"1 boot failed in a row: powered off; it failed {WORDS}" in shown


@pytest.mark.parametrize(
    ("flags", "lines"),
    [
        pytest.param([], LAST, id="all that was kept"),
        pytest.param(["-n", "2"], LAST[-2:], id="the last of them"),
        pytest.param(["-n", "9"], LAST, id="more than there is"),
        pytest.param(["-n", "0"], (), id="none"),
    ],
)
def test_logs_of_a_machine_that_is_gone_show_what_was_kept(
    run: Run, lab: Lab, flags: list[str], lines: tuple[str, ...]
) -> None:
    lab.add(past=(failed(lab),))

    result = run("logs", KEY, *flags)

    assert tuple(result.stdout.splitlines()) == lines
    assert ("its log is no longer kept; the last lines" in result.stderr) == bool(lines)


def test_logs_of_a_compute_that_left_the_configuration_show_what_was_kept(
    run: Run, lab: Lab
) -> None:
    lab.add(failed(lab, compute="ec2"))

    assert tuple(run("logs", KEY).stdout.splitlines()) == LAST


def test_logs_without_anything_kept_say_so(run: Run, lab: Lab) -> None:
    lab.add(failed(lab, console=()))

    assert "no log: nothing was written yet" in run("logs", KEY).stderr


def test_a_machine_of_a_removed_autoscaler_says_what_was_wished(run: Run, lab: Lab) -> None:
    lab.add(
        lab.instance(autoscaler="crew"),
        lab.decision(key="crew", on_shutdown="leave"),
    )

    shown = run("explain", "5N1A.0").stdout

    assert "its autoscaler left the configuration with on_shutdown: leave" in shown
