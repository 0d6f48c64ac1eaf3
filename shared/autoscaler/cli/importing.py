"""What `import` does: reads, stores the secrets, tells what came of it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.text import Text

from autoscaler.cli.escape import visible
from autoscaler.cli.failures import asking, said
from autoscaler.cli.render.words import ATTENTION, BAD, DIM, GOOD, NEWS
from autoscaler.config import parse, starter
from autoscaler.config.importing import Imported, of_settings, of_task, of_text
from autoscaler.config.importing.source import LARGEST
from autoscaler.core.words import many
from autoscaler.errors import ConfigError, Problem
from autoscaler.hosts.local import Local
from autoscaler.hosts.secret_store import secret_store


def from_file(file: str, api: str) -> Imported:
    """`-` is standard input. ConfigError when it cannot be read."""
    if file == "-":
        return of_text(sys.stdin.read(LARGEST + 1), "standard input", name="", api=api)
    path = Path(file)
    try:
        with path.open(encoding="utf-8-sig") as stream:
            text = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no plain text in UTF-8"
        raise ConfigError(Problem(file, "", f"cannot be read: {reason}")) from error
    return of_text(text, path.name, name=path.stem, api=api)


def from_task(task: str, api: str) -> Imported:
    """A task of the server, read with CLEARML_API_ACCESS_KEY and CLEARML_API_SECRET_KEY."""
    from autoscaler.adapters.clearml import task_settings

    config = parse(starter(api=api))
    with asking(config.clearml):
        found = task_settings(Local(config).clearml, task)
    return of_settings(of_task(found), f"task {task}", name=str(found.get("name", "")), api=api)


def store(found: Imported, *, overwrite: bool) -> list[str]:
    """Put every secret that was found behind its reference; which those are."""
    known = {each.reference: each.value for each in found.secrets if each.value is not None}
    if not known:
        return []
    elsewhere = next((name for name in known if not name.startswith("ssm:")), "")
    if elsewhere:
        remedy = f"only ssm: is stored so far: {_by_hand(elsewhere)}"
        raise ConfigError(Problem("--store-secrets", elsewhere, remedy))
    place = secret_store(_region(found))
    for reference, value in known.items():
        place.put(reference, value.get_secret_value(), overwrite=overwrite)
    return list(known)


def report(found: Imported, output: Path, stored: list[str]) -> dict[str, Any]:
    """The same as JSON, without a secret."""
    return {
        "output": str(output),
        "secrets": [
            {
                "reference": each.reference,
                "from": each.origin,
                "found": each.value is not None,
                "stored": each.reference in stored,
            }
            for each in found.secrets
        ],
        "left": [_problem(each) for each in found.left],
        "problems": [_problem(each) for each in found.problems],
    }


def told(found: Imported, output: Path, stored: list[str]) -> Text:
    """What was written, what was not taken as it stood, which secrets have to be kept where."""
    mark = ("✓ ", GOOD) if not found.problems else ("✗ ", BAD)
    text = Text.assemble(mark, (visible(str(output)), "bold not green"), _counted(found), "\n")
    for each in found.left:
        text.append(f"! {said(each)}\n", ATTENTION)
    for line in _secrets(found, stored):
        text.append_text(line)
    for each in found.problems:
        text.append(f"✗ {said(each)}\n", BAD)
    if found.problems:
        text.append(f"{many(len(found.problems), 'mistake')} to mend in it, then: ")
    option = "" if output == Path("autoscaler.yaml") else f" -c {visible(str(output))}"
    text.append("" if found.problems else "Next: ").append(f"autoscaler check{option}", NEWS)
    return text


def _counted(found: Imported) -> str:
    if found.problems:
        return ""
    config = parse(found.text)
    return f" with {many(len(config.by_key), 'resource')}"


def _secrets(found: Imported, stored: list[str]) -> Iterator[Text]:
    for each in found.secrets:
        reference = visible(each.reference)
        if each.reference in stored:
            yield Text.assemble(("✓ ", GOOD), f"{reference} is stored\n")
        else:
            yield Text.assemble(
                ("! ", ATTENTION),
                (_by_hand(reference), NEWS),
                (f"  {visible(each.origin)}\n", DIM),
            )


def _by_hand(reference: str) -> str:
    """The command that keeps a secret there, from standard input."""
    kind, _, name = reference.partition(":")
    if kind == "gcp-secret":
        return f"gcloud secrets create {name} --data-file=-"
    return f"autoscaler secret put {reference}"


def _problem(problem: Problem) -> dict[str, str]:
    return {"field": problem.field, "value": problem.value, "remedy": problem.remedy}


def _region(found: Imported) -> str:
    if found.problems:
        return ""
    aws = parse(found.text).aws
    return (aws.region if aws else None) or ""
