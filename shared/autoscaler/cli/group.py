"""The root of all commands: what goes wrong in any of them is told here, once."""

import re
import sys
from collections.abc import Sequence
from typing import Any

from typer import Abort, TyperException
from typer.core import TyperCommand, TyperGroup

from autoscaler.cli.failures import BAD_INPUT, FAILED, exit_code, problems_of, tell
from autoscaler.errors import AutoscalerError, Problem

_END_OF_KEY = re.compile(r"-\d+-\d+")


class Command(TyperCommand):
    """The end of a machine's id, such as `-1-0`, is no option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.ignore_unknown_options = any(_END_OF_KEY.fullmatch(arg) for arg in args)
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


class Commands(TyperGroup):
    """A command's answer is its exit code; an error becomes lines on stderr, never a traceback."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: ARG002  its caller's word
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        given = sys.argv[1:] if args is None else list(args)
        json_output = "--json" in given
        try:
            code = super().main(
                given,
                prog_name,
                complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **extra,
            )
        except AutoscalerError as error:
            tell(problems_of(error), json_output=json_output)
            sys.exit(exit_code(error))
        except TyperException as error:
            tell([Problem("", "", error.format_message())], json_output=json_output)
            sys.exit(BAD_INPUT)
        except Abort:
            sys.exit(FAILED)
        sys.exit(code)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  its caller's
        """One section for each kind of commands."""
        sections: dict[str, list[tuple[str, str]]] = {}
        width = max(map(len, self.commands))
        for name, command in self.commands.items():
            kind = getattr(command, "rich_help_panel", None) or "Commands"
            words = command.get_short_help_str(formatter.width - width - len("      "))
            sections.setdefault(kind, []).append((f"{name:<{width}}", words))
        for kind, rows in sections.items():
            with formatter.section(kind):
                formatter.write_dl(rows)
