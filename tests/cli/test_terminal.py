"""Colours only where somebody sees them; help and status load only what they need."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from autoscaler.cli.terminal import waiting
from tests.cli.conftest import Run
from tests.cli.lab import Lab

PROGRAM = Path(sys.executable).with_name("autoscaler")
HEAVY = ("autoscaler.adapters.clearml", "autoscaler.world", "psutil", "urllib3", "clearml")


def on_a_terminal(folder: Path, *arguments: str, **env: str) -> str:
    """What the command writes when its stdout is a terminal."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            [PROGRAM, *arguments],
            cwd=folder,
            stdout=theirs,
            env={"PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "COLUMNS": "80", **env},
        )
        os.close(theirs)
        written = b""
        while chunk := _read(screen.fileno()):
            written += chunk
        process.wait()
    return written.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux says so when the other side is closed
        return b""


def test_a_terminal_gets_colours(lab: Lab) -> None:
    lab.busy_day()

    assert "\x1b[32m" in on_a_terminal(lab.file.parent, "status")


def test_no_color_turns_them_off(lab: Lab) -> None:
    lab.busy_day()

    shown = on_a_terminal(lab.file.parent, "status", NO_COLOR="1")

    assert "\x1b[3" not in shown
    assert "team/cpu" in shown


def test_what_is_no_terminal_gets_plain_text(run: Run, lab: Lab) -> None:
    lab.busy_day()

    shown = run("status").stdout

    assert "\x1b" not in shown
    assert not any(line.endswith(" ") for line in shown.splitlines())


@pytest.mark.parametrize(
    ("arguments", "light"),
    [
        pytest.param(["--help"], ("pydantic", "rich.table", "yaml", *HEAVY), id="help"),
        pytest.param(["status"], HEAVY, id="status"),
        pytest.param(["explain"], HEAVY, id="explain"),
    ],
)
def test_a_command_loads_only_what_it_needs(
    lab: Lab, arguments: list[str], light: tuple[str, ...]
) -> None:
    lab.busy_day()
    code = (
        "import sys\n"
        "from autoscaler.cli.app import app\n"
        "try:\n    app()\n"
        "finally:\n    print('\\n'.join(sys.modules), file=sys.stderr)\n"
    )

    loaded = subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-c", code, *arguments],
        cwd=lab.file.parent,
        capture_output=True,
        text=True,
        check=True,
    ).stderr.splitlines()

    assert not set(light) & set(loaded)


def test_a_reader_that_goes_away_is_no_traceback(lab: Lab) -> None:
    lab.busy_day()

    done = subprocess.run(  # noqa: S603 - our own arguments
        ["/bin/sh", "-c", f"{PROGRAM} status | true"],
        cwd=lab.file.parent,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Traceback" not in done.stderr


def test_who_waits_sees_what_it_waits_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with waiting("looks …") as say:
        say("looks … team/gpu image")
    assert "team/gpu image" in capsys.readouterr().err
    with waiting("looks …", quiet=True) as say:
        say("looks … team/gpu image")
    assert capsys.readouterr().err == ""
