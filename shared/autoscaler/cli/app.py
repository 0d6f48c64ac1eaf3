"""All commands, in the order in which a person meets them."""

from typing import Annotated

import typer

from autoscaler.cli.commands.explain import explain
from autoscaler.cli.commands.status import status
from autoscaler.cli.commands.up import up
from autoscaler.cli.group import Commands
from autoscaler.cli.options import examples

RUN = "Run"
LOOK = "Look"

app = typer.Typer(
    name="autoscaler",
    cls=Commands,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "autoscaler init # a configuration to start from",
        "autoscaler check # is all of it right?",
        "autoscaler up # scale, until Ctrl-C",
        "autoscaler explain # why it did, or did not",
    ),
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"autoscaler {version('clearml-serverless-autoscaler')}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", "-V", callback=_print_version, is_eager=True, help="print it"),
]


@app.callback()
def root(
    ctx: typer.Context,
    _version: Version = False,
) -> None:
    """Start and stop machines for ClearML queues, and say why."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


app.command(
    rich_help_panel=RUN,
    epilog=examples(
        "autoscaler up                         # until Ctrl-C",
        "autoscaler up --on-shutdown all       # Ctrl-C ends all machines, too",
        "autoscaler up --once                  # one look, for cron",
        "autoscaler up --json >> ticks.jsonl   # every tick and event as a line of JSON",
    ),
)(up)
app.command(
    rich_help_panel=LOOK,
    epilog=examples(
        "autoscaler status",
        "autoscaler status --watch # until Ctrl-C",
        "autoscaler status --json | jq .waiting # for scripts",
    ),
)(status)
app.command(
    rich_help_panel=LOOK,
    epilog=examples(
        "autoscaler explain                # every autoscaler",
        "autoscaler explain team           # one",
        "autoscaler explain 6Y5N1A.0       # an instance: why it is still there, and its life",
    ),
)(explain)
