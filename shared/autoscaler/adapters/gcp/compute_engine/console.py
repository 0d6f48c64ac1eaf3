"""What a machine wrote to its serial console, as Google keeps it: the last megabyte."""

import time
from collections.abc import Callable, Iterator

from autoscaler.adapters.gcp.compute_engine.access import Access
from autoscaler.adapters.gcp.refusals import told
from autoscaler.core.redact import redacted, without_keys


def lines(
    access: Access,
    zone: str,
    name: str,
    lives: Callable[[], bool] | None = None,
    *,
    pause: float = 5.0,
) -> Iterator[str]:
    """The lines so far, without secrets; with `lives`, those to come as well while it says so."""
    start, rest = 0, ""
    goes_on = True
    while goes_on:
        goes_on = lives is not None and lives()
        text, start = _console(access, zone, name, start)
        *whole, rest = f"{rest}{text}".split("\n")
        if not goes_on and rest:
            whole.append(rest)
        yield from map(redacted, without_keys([line.rstrip("\r") for line in whole]))
        if goes_on:
            time.sleep(pause)


def _console(access: Access, zone: str, name: str, start: int) -> tuple[str, int]:
    """All that was written from `start` on, and where the next look begins."""
    found: list[str] = []
    while True:
        page: dict[str, str] = {}
        with told(missing_is_fine=True):
            path = f"zones/{zone}/instances/{name}/serialPort"
            page = access.read(path, port="1", start=str(start))
        text, end = page.get("contents", ""), int(page.get("next", start))
        found.append(text)
        if not text or end <= start:
            return "".join(found), start
        start = end
