"""One function as a process that stays warm, and what each step of it costs.

`python process.py MODULE LOG`: it imports the module and says what that took, then invokes its
handler once for each line that it reads. The function's own output goes to LOG.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

_STATUS = Path("/proc/self/status")


class Context:
    """What Lambda tells a handler of the invocation."""

    function_name = "function"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:function"
    aws_request_id = "11111111-2222-3333-4444-555555555555"


def measured(act: Callable[[], Any]) -> dict[str, Any]:
    """`cpu` and `seconds` of the act; `peak`: the most memory that this process ever had."""
    began, cpu = perf_counter(), process_time()
    answer = act()
    took = {"cpu": process_time() - cpu, "seconds": perf_counter() - began}
    return {"answer": answer, **took, "peak": peak()}


def peak() -> float:
    """In MB, by the kernel's high-water mark of this program alone.

    `ru_maxrss` says the same on a system without it, but begins with what the parent had.
    """
    if _STATUS.exists():
        (line,) = [one for one in _STATUS.read_text().splitlines() if one.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    import resource  # noqa: PLC0415 - where there is no /proc

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Clock:
    """It says what it is told. Who waits, waits until the other side says what time it is then.

    `waited`: as long as was asked for; `blocked`: as long as it took here.
    """

    def __init__(self, say: Callable[[object], None]) -> None:
        self._say = say
        self.at: datetime | None = None
        self.begin("")

    def begin(self, now: str) -> None:
        self.at = datetime.fromisoformat(now) if now else None
        self.waited = self.blocked = 0.0

    def wait(self, seconds: float) -> None:
        began = perf_counter()
        self._say({"waits": seconds})
        self.at = datetime.fromisoformat(json.loads(sys.stdin.readline())["now"])
        self.waited += seconds
        self.blocked += perf_counter() - began


def main() -> None:
    control = os.fdopen(os.dup(1), "w", buffering=1)
    log = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    meter = _meter() if os.environ.get("METERED") else None
    module, told = _imported()

    def say(what: object) -> None:
        control.write(json.dumps(what) + "\n")

    say(told)
    clock = Clock(say)
    used = False
    while line := sys.stdin.readline():
        order = json.loads(line)
        clock.begin(order["now"])
        if not used:
            _use(module, clock)
            used = True
        if meter:
            meter.reset()
        done = measured(partial(module.handler, order["event"], Context()))
        done["seconds"] -= clock.blocked
        say({**done, "waited": clock.waited, **(meter.counted() if meter else {})})


def _imported() -> tuple[Any, dict[str, Any]]:
    told = measured(lambda: importlib.import_module(sys.argv[1]))
    return told.pop("answer"), told


def _use(module: Any, clock: Clock) -> None:
    """Every clock of the function is this one, and nobody really waits."""
    in_force = getattr(module, "in_force", None)
    if in_force:
        host = in_force.current()  # it stays the same for as long as nobody changes the table
        system = type(host.clock)
        real = system.now
        system.now = lambda self: clock.at or real(self)
        host._wait = clock.wait  # noqa: SLF001 - a stopwatch must not wait


def _meter() -> Any:
    from tests.benchmarks.aws.counting import Counting  # noqa: PLC0415 - only where it counts

    return Counting()


if __name__ == "__main__":
    main()
