"""The real clearml-agent as a child process, with everything it writes in one folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autoscaler.world.server import StandIn

PROGRAM = Path(sys.executable).with_name("clearml-agent")
OFFLINE = "agent.disable_agent_update_check: true\n"
"""Without it the agent asks its makers' server whether there is a newer one."""


def environment(standin: StandIn, worker: str, home: Path) -> dict[str, str]:
    """Fast: no virtual environment for a task, five polls and one report a second."""
    return {
        "PATH": f"{PROGRAM.parent}:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONUNBUFFERED": "1",
        "CLEARML_CONFIG_FILE": str(home / "clearml.conf"),
        "CLEARML_WORKER_ID": worker,
        "CLEARML_API_HOST": standin.url,
        "CLEARML_WEB_HOST": standin.url,
        "CLEARML_FILES_HOST": standin.url,
        "CLEARML_API_ACCESS_KEY": standin.credentials.access_key,
        "CLEARML_API_SECRET_KEY": standin.credentials.secret_key,
        "CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL": "1",
        "CLEARML_AGENT_QUEUE_POLL_FREQ_SEC": "0.2",
        "CLEARML_AGENT_STATUS_REPORT_FREQ_SEC": "1",
    }


def terminate(agent: subprocess.Popen[bytes]) -> int:
    """Ask until it goes, and return its exit code.

    An agent that is just ending a task may swallow the first SIGTERM and go on polling.
    """
    for _ in range(20):
        agent.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            return agent.wait(timeout=1)
    raise AssertionError("the agent does not go")


@contextmanager
def running_agent(
    standin: StandIn, *, worker: str, queue: str, home: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one agent; at the end nothing of it is left, whatever happened in between."""
    home.mkdir(exist_ok=True)
    (home / "clearml.conf").write_text(OFFLINE)
    with (home / "agent.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            [PROGRAM, "daemon", "--foreground", "--cpu-only", "--queue", queue],
            env=environment(standin, worker, home),
            cwd=home,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the agent's task lives in its group
            process.wait()
