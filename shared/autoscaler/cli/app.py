"""All commands, in the order in which a person meets them."""

from collections.abc import Callable
from typing import Annotated

import typer

from autoscaler.cli import keeping
from autoscaler.cli.commands.check import check
from autoscaler.cli.commands.demo import demo
from autoscaler.cli.commands.doctor import doctor
from autoscaler.cli.commands.exchange import import_
from autoscaler.cli.commands.explain import explain
from autoscaler.cli.commands.init import init
from autoscaler.cli.commands.logs import logs
from autoscaler.cli.commands.operate import drain, pause, protect, resume, terminate
from autoscaler.cli.commands.plan import plan
from autoscaler.cli.commands.simulate import simulate
from autoscaler.cli.commands.stack import redrive, remove
from autoscaler.cli.commands.status import status
from autoscaler.cli.commands.up import up
from autoscaler.cli.group import Command, Commands
from autoscaler.cli.options import examples

BEGIN = "Begin"
RUN = "Run"
LOOK = "Look"
ACT = "Act by hand (kept in the history with who, when and why)"
KEEP = keeping.KEEP

app = typer.Typer(
    name="autoscaler",
    cls=Commands,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "autoscaler demo     # all of it on this computer, without an account",
        "autoscaler init     # a configuration to start from",
        "autoscaler check    # is all of it right?",
        "autoscaler up       # scale, until Ctrl-C",
        "autoscaler explain  # why it did, or did not",
    )
    + "\n\nExit codes: 0 well, 1 failed, 2 bad input, credentials or server, 130 Ctrl-C.",
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
def root(ctx: typer.Context, _version: Version = False) -> None:
    """Start and stop machines for ClearML queues, and say why."""
    _help_unless_more_follows(ctx)


def _help_unless_more_follows(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def _add(
    command: Callable[..., int | None], kind: str, short: str, *shown: str, to: typer.Typer = app
) -> None:
    register = to.command(
        command.__name__.rstrip("_"),
        cls=Command,
        rich_help_panel=kind,
        short_help=short,
        epilog=examples(*shown),
    )
    register(command)


def _group(name: str, short: str) -> typer.Typer:
    """A command of commands."""
    group = typer.Typer(cls=Commands, rich_markup_mode=None)
    group.callback(invoke_without_command=True, help=f"{short}.")(_help_unless_more_follows)
    app.add_typer(group, name=name, short_help=short, rich_help_panel=KEEP)
    return group


_add(
    init,
    BEGIN,
    "Write a configuration to start from",
    "autoscaler init",
    "autoscaler init --from-clearml --api https://api.clear.ml  # its queues",
    "autoscaler init -o lab.yaml --force                        # overwrite it",
)
_add(
    import_,
    BEGIN,
    "Make a configuration of a ClearML autoscaler's",
    "autoscaler import aws_autoscaler.yaml",
    "autoscaler import --from-task 4f0c7d…    # one that runs, or ran",
    "autoscaler import app.json -o team.yaml  # the app's export",
    "autoscaler import aws_autoscaler.yaml --store-secrets --json",
)
_add(
    check,
    BEGIN,
    "Is all of it right? Nothing is changed",
    "autoscaler check             # exit code 2 when anything is wrong",
    "autoscaler check --offline   # the file only, for CI",
    "autoscaler check --json | jq '.lines[] | select(.verdict != \"ok\")'",
)
_add(
    doctor,
    BEGIN,
    "Could machines start, and work? Nothing starts",
    "autoscaler doctor",
    "autoscaler doctor --host aws   # what is deployed, too",
    "autoscaler doctor --json | jq '.lines[] | select(.verdict == \"error\")'",
)
_add(
    demo,
    BEGIN,
    "See it at work on this computer, without an account",
    "autoscaler demo",
    "autoscaler demo --keep   # look at its state table and logs afterwards",
)
_add(
    plan,
    RUN,
    "What would the next tick do? Nothing is changed",
    "autoscaler plan",
    "autoscaler plan --json | jq .launches",
)
_add(
    simulate,
    RUN,
    "What would it cost, how long would tasks wait? Nothing starts",
    "autoscaler simulate --workload burst100",
    "autoscaler simulate --from-clearml 30 --report month.html  # your own last month",
    "autoscaler simulate --trace tasks.csv --what-if max_idle=5m --what-if budget.day=40",
    "autoscaler simulate --workload diurnal -c team.yaml -c lab.yaml --json | jq .variants",
)
_add(
    up,
    RUN,
    "Scale, until Ctrl-C",
    "autoscaler up                        # until Ctrl-C",
    "autoscaler up --on-shutdown all      # Ctrl-C ends all machines, too",
    "autoscaler up --once                 # one look, for cron",
    "autoscaler up --json >> ticks.jsonl  # every tick and event as a line of JSON",
)
_add(
    status,
    LOOK,
    "Queues, resources and instances",
    "autoscaler status",
    "autoscaler status --watch               # until Ctrl-C",
    "autoscaler status --host aws            # of what is deployed there",
    "autoscaler status --host gcp --project my-project-42",
    "autoscaler status --json | jq .waiting  # for scripts",
)
_add(
    explain,
    LOOK,
    "Why it did or did not scale; why an instance is (not) there",
    "autoscaler explain           # every autoscaler",
    "autoscaler explain team      # one",
    "autoscaler explain 5N1A.0    # an instance: why it is still there, and its life",
)
_add(
    logs,
    LOOK,
    "What a machine said",
    "autoscaler logs 5N1A.0",
    "autoscaler logs 5N1A.0 -n 20 -f  # the last lines, and those to come",
)
_add(
    drain,
    ACT,
    "Let an instance (or all, or what is idle) stop unless it works",
    "autoscaler drain 5N1A.0 --reason 'disk is full'",
    "autoscaler drain --idle       # all that is idle, now",
    "autoscaler drain --all team   # all of one, as its tasks end",
)
_add(
    protect,
    ACT,
    "Keep an instance from being drained",
    "autoscaler protect 5N1A.0 --reason 'somebody debugs on it'",
    "autoscaler protect 5N1A.0 --off",
)
_add(
    terminate,
    ACT,
    "End an instance, whatever it does",
    "autoscaler terminate 5N1A.0",
    "autoscaler terminate 5N1A.0 --yes --reason 'it hangs'",
)
_add(
    pause,
    ACT,
    "Start and stop no machines for now",
    "autoscaler pause --reason 'upgrade of the server'",
    "autoscaler pause team --out   # start none, let idle ones go",
)
_add(
    resume,
    ACT,
    "Take pause back",
    "autoscaler resume",
    "autoscaler resume team --out",
)
_add(
    redrive,
    ACT,
    "Hand dead letters over again",
    "autoscaler redrive --host aws",
    "autoscaler redrive --host gcp --stage team",
)
_add(
    remove,
    ACT,
    "Let all machines go, before a deployment is removed",
    "autoscaler remove --host aws        # machines end with their tasks",
    "autoscaler remove --host aws --now  # at once",
)

keeping.register(_add, _group)
