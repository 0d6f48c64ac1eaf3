"""`autoscaler up`: scales until it is told to stop."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from autoscaler.cli.options import CONFIG, ConfigFile, Json

if TYPE_CHECKING:
    from autoscaler.cli.running.json_lines import JsonLines
    from autoscaler.cli.running.lines import Lines
    from autoscaler.hosts.local import Local


class Shutdown(StrEnum):
    LEAVE = "leave"
    IDLE = "idle"
    ALL = "all"


OnShutdown = Annotated[
    Shutdown | None,
    typer.Option(
        "--on-shutdown",
        help="what Ctrl-C stops: nothing, what is idle, all machines",
        show_default="as configured; with --once: leave",
    ),
]
Once = Annotated[bool, typer.Option("--once", help="look and act once, then end: for cron")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="print errors and warnings only")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="log everything to stderr")]


def up(
    config: ConfigFile = CONFIG,
    on_shutdown: OnShutdown = None,
    once: Once = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    json_output: Json = False,
) -> int:
    """Scale: look at queues and machines, start and stop what is needed, until Ctrl-C.

    Everything is checked first; when something is wrong, nothing starts and the exit code is 2.
    The first Ctrl-C (or SIGTERM) stops orderly, as on_shutdown says, with exit code 0; a second
    one ends at once with 130, and what then runs is found again by the next `up`.
    """
    from autoscaler.cli.failures import asking
    from autoscaler.cli.running import log
    from autoscaler.cli.running.session import Session
    from autoscaler.cli.terminal import waiting
    from autoscaler.config import load
    from autoscaler.errors import ConfigError
    from autoscaler.hosts.local import Local

    log.set_up(json_output=json_output, verbose=verbose)
    loaded = load(config)
    local = Local(loaded)
    with waiting("looks at ClearML and at this computer …"), asking(loaded.clearml):
        problems = local.preflight()
    if problems:
        raise ConfigError(*problems)
    how = on_shutdown.value if on_shutdown else "leave" if once else loaded.on_shutdown
    with _voice(local, quiet=quiet, json_output=json_output) as voice:
        return Session(local, voice, how=how, once=once).run()


def _voice(local: "Local", *, quiet: bool, json_output: bool) -> "Lines | JsonLines":
    from autoscaler.cli.running.json_lines import JsonLines
    from autoscaler.cli.running.lines import Lines
    from autoscaler.cli.terminal import out

    if json_output:
        return JsonLines()
    return Lines(out(), local.config, local.state, local.clock, quiet=quiet)
