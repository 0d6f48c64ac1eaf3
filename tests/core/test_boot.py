"""What a console tells of a boot, and what any other text does not."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.core.boot import KEPT_LINES, Heard, listen, noted
from autoscaler.core.ledger import Instance, Phase
from tests.core.make import NOW, instance, seconds

DAY = "2026-01-01T12:00"
GOOD = [
    "[    0.1] Linux version 6",
    f'{DAY}:20Z boot phase name="launched" at="{DAY}:02Z" instance="i-1" type="big"',
    f'{DAY}:20Z boot phase name="booted" at="{DAY}:14Z"',
    f'[  22.1] cloud-init[9]: {DAY}:22Z boot phase name="secrets" seconds=1.21',
    f'{DAY}:25Z boot phase name="agent" seconds=3 program="/x/agent"',
    f'{DAY}:26Z boot phase name="guard" seconds=0.04',
    f'{DAY}:28Z guard agent-started worker="w" pid=7',
]
NO_GPU = f'{DAY}:30Z boot boot-failed phase="gpu" reason="no GPU: \\"nvidia-smi\\" is missing"'


def row(**changes: object) -> Instance:
    """A machine that was ordered at NOW, noon, and launched two seconds later."""
    times = {"requested_at": NOW, "launched_at": NOW + seconds(2), "unheard": True}
    return instance(**(times | changes))


def up(after: float) -> Instance:
    return row(registered_at=NOW + seconds(after))


def told(machine: Instance, lines: Sequence[str]) -> tuple[str, ...]:
    return noted(machine, listen(lines)).boot


@pytest.mark.parametrize(
    ("machine", "lines", "steps"),
    [
        pytest.param(
            up(41),
            GOOD,
            "launched 2.0 s, booted 12.0 s, secrets 1.2 s, agent 3.0 s, guard 0.0 s,"
            " agent-started 2.0 s, registered 13.0 s",
            id="each step, from the order to the registration",
        ),
        pytest.param(up(41), [], "launched 2.0 s, registered 39.0 s", id="a console says nothing"),
        pytest.param(
            up(154), GOOD[3:4], "launched 2.0 s, secrets 1.2 s, registered 2 min 12 s",
            id="a console that lost its beginning; a long step",
        ),
        pytest.param(
            row(registered_at=NOW, launched_at=None), [], "launched 0.0 s, registered 0.0 s",
            id="nobody knows when it was launched",
        ),
        pytest.param(
            up(1), GOOD[2:3], "launched 2.0 s, booted 12.0 s, registered 0.0 s",
            id="clocks that differ",
        ),
        pytest.param(
            up(41), [*GOOD[:4], *GOOD], told(up(41), GOOD), id="a computer that was started twice"
        ),
        pytest.param(
            up(41), [*GOOD, GOOD[3]], told(up(41), GOOD), id="a step that is told twice"
        ),
        pytest.param(
            row(), [*GOOD[:4], NO_GPU], "launched 2.0 s, booted 12.0 s, secrets 1.2 s, gpu failed",
            id="a boot that failed",
        ),
    ],
)  # fmt: skip
def test_the_steps(machine: Instance, lines: Sequence[str], steps: object) -> None:
    assert told(machine, lines) == (tuple(steps.split(", ")) if isinstance(steps, str) else steps)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(f'{DAY}:22Z boot phase name="Se cret" seconds=1', id="a name that is none"),
        pytest.param(f'{DAY}:22Z boot phase name="{"a" * 99}" seconds=1', id="a name without end"),
        pytest.param(
            '2026-99-01T12:00:22Z boot phase name="x" seconds=1', id="a day that is none"
        ),
        pytest.param('boot phase name="x" seconds=1', id="no time"),
        pytest.param(f'{DAY}:22Z boot phase name="launched"', id="what the table knows better"),
        pytest.param(f'{"x" * 3000} {DAY}:22Z boot phase name="x"', id="a line without end"),
    ],
)
def test_what_is_no_step(line: str) -> None:
    assert told(up(41), [line]) == ("launched 2.0 s", "registered 39.0 s")


@pytest.mark.parametrize("time", ["seconds=1e9", "seconds=-1", "seconds=99999999", 'at="x"', ""])
def test_a_time_that_is_none_is_that_of_the_line(time: str) -> None:
    assert told(up(41), [f'{DAY}:22Z boot phase name="x" {time}'])[1] == "x 20.0 s"


def test_steps_without_end_are_not_kept() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    lines = [f'{DAY}:22Z boot phase name="{letter}" seconds=1' for letter in letters]
    assert len(listen(lines).steps) == 16


@pytest.mark.parametrize(
    ("heard", "where"),
    [
        pytest.param(
            listen([*GOOD, NO_GPU]), 'in gpu: no GPU: "nvidia-smi" is missing', id="it says where"
        ),
        pytest.param(
            listen([NO_GPU[:-20]]), 'in gpu: no GPU: "nvid', id="a reason that is cut off"
        ),
        pytest.param(
            listen([f'{DAY}:30Z boot boot-failed phase="gpu" reason="a\\q b"']), "in gpu: a\\q b",
            id="a reason that is no JSON",
        ),
        pytest.param(
            listen([f'{DAY}:30Z boot boot-failed phase="x" reason="password=hunter2"']),
            "in x: password=********",
            id="a secret in the reason",
        ),
        pytest.param(
            listen([NO_GPU, *GOOD[:4]]), "after secrets, the last step that it told of",
            id="it was started again, and fell silent",
        ),
        pytest.param(listen(["Linux"]), "before it told of any step", id="no step"),
        pytest.param(
            None, "at a step that nobody knows: its console could not be read", id="no console"
        ),
    ],
)  # fmt: skip
def test_where_it_failed(heard: Heard | None, where: str) -> None:
    assert noted(row(phase=Phase.GONE), heard).boot_failed == where


def test_the_last_lines_of_a_failed_boot_are_kept_without_secrets() -> None:
    lines = [f"line {n}" for n in range(90)] + ["", "token=hunter2"]
    kept = noted(row(), listen(lines)).console
    assert len(kept) == KEPT_LINES
    assert kept[-2:] == ("line 89", "token=********")


def test_of_a_machine_that_is_up_only_the_steps_are_kept() -> None:
    after = noted(up(41), listen([*GOOD, NO_GPU]))
    assert (after.boot_failed, after.console, after.unheard) == ("", (), False)


def test_what_an_earlier_hearing_left_is_forgotten_once_it_is_up() -> None:
    failed = noted(row(), listen([NO_GPU]))
    assert failed.console
    late = failed.model_copy(update={"registered_at": NOW + seconds(99)})
    assert (noted(late, None).console, noted(late, None).boot_failed) == ((), "")


@given(st.lists(st.text() | st.sampled_from([*GOOD, NO_GPU]).map(lambda line: line[:60])))
def test_whatever_a_console_says_it_is_read_to_its_end(lines: list[str]) -> None:
    after = noted(row(), listen(lines))
    assert len(after.console) <= KEPT_LINES
    assert all(line.isprintable() for line in (*after.console, *after.boot, after.boot_failed))
