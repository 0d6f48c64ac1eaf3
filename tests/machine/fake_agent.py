"""As much of clearml-agent as a guard can tell from the outside, and quick to start.

Run as `fake_agent.py [--dies SUFFIX | --slow SECONDS] daemon ... --queue ID`: it dies at once if
its worker's id ends so, or takes that long between pulling a task and reporting it.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from threading import Event
from typing import Any, NoReturn

TERMINATED = 254
ENV = os.environ  # noqa: TID251 - a program of its own
WORKER = ENV["CLEARML_WORKER_ID"]
POLL = float(ENV["CLEARML_AGENT_QUEUE_POLL_FREQ_SEC"])
TOKENS: list[str] = []


class Sigterm(BaseException):
    pass


def call(endpoint: str, **body: object) -> dict[str, Any]:
    """With a token, which outlives the key that it was given for."""
    try:
        return post(endpoint, "Bearer " + TOKENS[-1], body)
    except urllib.error.HTTPError as error:
        if error.code != 401:
            raise
    log_in()
    return post(endpoint, "Bearer " + TOKENS[-1], body)


def log_in() -> None:
    pair = f"{ENV['CLEARML_API_ACCESS_KEY']}:{ENV['CLEARML_API_SECRET_KEY']}"
    basic = "Basic " + base64.b64encode(pair.encode()).decode()
    TOKENS.append(post("auth.login", basic, {})["token"])


def post(endpoint: str, login: str, body: dict[str, object]) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 - a test's own URL
        f"{ENV['CLEARML_API_HOST']}/{endpoint}",
        json.dumps(body).encode(),
        {
            "Authorization": login,
            "Content-Type": "application/json",
            "X-ClearML-Worker": WORKER,
        },
    )
    with urllib.request.urlopen(request, timeout=5) as reply:  # noqa: S310 - the same
        found: dict[str, Any] = json.load(reply)["data"]
        return found


def run(task: str) -> None:
    """The task's script, as it is, with nothing around it."""
    code = call("tasks.get_by_id", task=task)["task"]["script"]["diff"]
    script = subprocess.Popen([sys.executable, "-I", "-c", code])  # noqa: S603 - a test's own code
    try:
        while script.poll() is None:
            Event().wait(POLL)
    except Sigterm:
        script.kill()
        call("tasks.stopped", task=task, force=True, status_reason="user abort")
        raise
    call("tasks.completed", task=task, force=True)


def pull(queues: list[str], pause: float) -> None:
    for queue in queues:
        entry = call("queues.get_next_task", queue=queue).get("entry")
        if entry:
            Event().wait(pause)
            call("tasks.started", task=entry["task"], force=True)
            call("workers.status_report", worker=WORKER, task=entry["task"], timestamp=0)
            run(entry["task"])
            call("workers.status_report", worker=WORKER, timestamp=0)
            return
    Event().wait(POLL)


def leave(*_: object) -> NoReturn:
    raise Sigterm


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dies")
    parser.add_argument("--slow", type=float, default=0.0)
    parser.add_argument("daemon")
    parser.add_argument("--queue", nargs="+")
    options, _ = parser.parse_known_args()
    if options.dies is not None and WORKER.endswith(options.dies):
        return 3
    signal.signal(signal.SIGTERM, leave)
    log_in()
    call("workers.register", worker=WORKER, queues=options.queue, timeout=600)
    try:
        while True:
            pull(options.queue, options.slow)
    except Sigterm:
        return TERMINATED
    finally:
        call("workers.unregister", worker=WORKER)


if __name__ == "__main__":
    sys.exit(main())
