"""Commands that keep a deployment in order: its configuration, prices and secrets."""

from collections.abc import Callable
from typing import Protocol

import typer

from autoscaler.cli.commands import config, prices, secret
from autoscaler.cli.commands.exchange import export

KEEP = "Keep"


class Add(Protocol):
    """Makes a command of a function, with its kind, a short help and examples."""

    def __call__(
        self,
        command: Callable[..., int | None],
        kind: str,
        short: str,
        *shown: str,
        to: typer.Typer = ...,
    ) -> None: ...


def register(add: Add, group: Callable[[str, str], typer.Typer]) -> None:
    """Add them; `group` makes a command of commands."""
    add(
        export,
        KEEP,
        "Print the configuration in one normal form",
        "autoscaler export > normal.yaml",
        "autoscaler export --json | jq .autoscalers",
    )

    settings = group("config", "A configuration that lives in the state table")
    add(
        config.validate,
        KEEP,
        "Has it any mistakes?",
        "autoscaler config validate -c lab.yaml            # a file",
        "autoscaler config validate --stored               # what the table holds",
        "autoscaler config validate --host aws             # can that deployment use it?",
        to=settings,
    )
    add(
        config.diff,
        KEEP,
        "What would push change?",
        "autoscaler config diff --host aws",
        "autoscaler config diff --json | jq -r '.diff[]'",
        to=settings,
    )
    add(
        config.push,
        KEEP,
        "Write a file into the table",
        "autoscaler config push --reason 'more machines for the team'",
        "autoscaler config push -c team.yaml --host aws",
        to=settings,
    )
    add(
        config.pull,
        KEEP,
        "Print what the table holds",
        "autoscaler config pull",
        "autoscaler config pull --host aws --stage team -o autoscaler.yaml",
        to=settings,
    )

    money = group("prices", "What machines cost")
    add(
        prices.show,
        KEEP,
        "What each machine costs, and who says so",
        "autoscaler prices show",
        "autoscaler prices show --json | jq '.prices[] | select(.old)'",
        to=money,
    )
    add(
        prices.refresh,
        KEEP,
        "Look prices up again",
        "autoscaler prices refresh             # for this computer",
        "autoscaler prices refresh --host aws  # for a deployment on AWS",
        "AWS_PROFILE=ml autoscaler prices refresh --json > prices.json",
        to=money,
    )

    secrets = group("secret", "Secrets that functions and machines read")
    add(
        secret.put,
        KEEP,
        "Store a secret from standard input",
        "autoscaler secret put ssm:/clearml-autoscaler/team/git-password",
        "autoscaler secret put ssm:/clearml/git-key --overwrite < id_ed25519",
        to=secrets,
    )
