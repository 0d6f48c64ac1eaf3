"""What a deployment to Google Cloud consists of, in build/gcp/.

functions.zip     the functions as Cloud Build wants them: sources, and what to install beside them
deployment.json   what the Terraform module asks of the configuration: names, projects, secrets
"""

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from autoscaler.config import AutoscalerSection, Config, GceSection, GcpSection, on_gcp
from autoscaler.config.accounts import projects_of
from autoscaler.config.written import is_of_machines, secrets
from autoscaler.errors import Problem
from autoscaler.hosts.startup import startup_spec
from infra.package.archive import Archive, pack
from infra.package.bytecode import compile_all
from infra.package.settings import Settings
from infra.package.sources import OF_AWS, copy_package

ROOT = Path(__file__).parents[2]

_ASK_CLEARML = ("poller", "reaper")
_ASK_CLOUDS = ("launcher", "poller", "reaper")
_OF_AGENTS = ("agent_access_key", "agent_secret_key")
_SECRET = re.compile(
    r"gcp-secret:(projects/(?P<project>[^/]+)/secrets/)?(?P<name>[\w-]+)(/versions/\w+)?(#.*)?"
)
_PINNED = re.compile(r"^(?P<name>[a-z0-9-]+)==.*\n(?: .*\n)*", re.MULTILINE)


def build(settings: Settings, out: Path) -> tuple[Archive, bool]:
    """The archive in `out`, and whether it holds compiled files."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        stage = Path(folder) / "package"
        compiled = put_together(settings, stage)
        archive = pack(stage, out / "functions.zip")
    told = json.dumps(for_terraform(settings), indent=2)
    (out / "deployment.json").write_text(f"{told}\n", encoding="utf-8")
    return archive, compiled


def put_together(settings: Settings, stage: Path) -> bool:
    """What is deployed, as a folder; False when nothing in it could be compiled."""
    on_aws = "ec2" in on_gcp.clouds_of(settings.config)
    copy_package(ROOT, stage, without=() if on_aws else OF_AWS)
    shutil.copy(ROOT / "functions" / "gcp" / "main.py", stage)
    locks = ["gcp", *(["boto3"] if on_aws else [])]
    wanted = _requirements([ROOT / "requirements" / f"{name}.lock" for name in locks])
    (stage / "requirements.txt").write_text(wanted, encoding="utf-8")
    (stage / "autoscaler.json").write_text(settings.text, encoding="utf-8")
    return compile_all(stage, shown="/workspace")


def for_terraform(settings: Settings) -> dict[str, object]:
    """`projects` and `accounts` are of machines, "" is the functions' own project.

    Of `secrets`, `functions` read some and machines (by their `accounts`) others. `logs`: which
    machines write to Cloud Logging. Where functions act as somebody else, by an account that they
    take on or a login that they read, the rights are that one's, and given there.
    """
    config = settings.config
    theirs = projects_of(config)
    ours = [(gcp, each) for gcp, each in zip(theirs, _machines(config), strict=True) if _own(gcp)]
    logging = {
        (gcp.project or "", gcp.service_account or "")
        for gcp, each in ours
        if config.machine_of(*each).logs
    }
    return {
        "name": config.name,
        "projects": sorted({gcp.project or "" for gcp, _ in ours}),
        "accounts": sorted({gcp.service_account for gcp, _ in ours if gcp.service_account}),
        "logs": [{"project": project, "account": account} for project, account in sorted(logging)],
        "impersonated": sorted({one.impersonate for one in theirs if one.impersonate}),
        "secrets": _secrets(settings),
    }


def _own(gcp: GcpSection) -> bool:
    """Whether functions act there as themselves."""
    return not gcp.impersonate and not gcp.credentials


def misfits(config: Config, document: object) -> Iterator[Problem]:
    """What no function there can use, and machines that could read no secret."""
    yield from on_gcp.misfits(config, document)
    if any(not one.service_account for one in projects_of(config)):
        made = f"cas-{config.name}-machines@PROJECT.iam.gserviceaccount.com"
        remedy = f"machines read secrets with it: write {made}, which the deployment makes"
        yield Problem("gcp.service_account", "", remedy)


def _requirements(locks: Sequence[Path]) -> str:
    """What the locks pin, each once: what two of them have, both have from the same one."""
    found: dict[str, str] = {}
    for lock in locks:
        for each in _PINNED.finditer(lock.read_text(encoding="utf-8")):
            found.setdefault(each["name"], each[0])
    return "".join(found.values())


def _machines(config: Config) -> list[tuple[AutoscalerSection, GceSection]]:
    return [
        (owner, section)
        for owner in config.autoscalers
        for section in owner.resources
        if isinstance(section, GceSection)
    ]


def _secrets(settings: Settings) -> list[dict[str, object]]:
    """Each secret by its project and name, with who reads it."""
    functions: dict[tuple[str, str], set[str]] = {}
    accounts: dict[tuple[str, str], set[str]] = {}
    for field, text in secrets(settings.config, settings.document):
        if place := _place(text, home=""):
            functions.setdefault(place, set()).update(_functions(field))
    for owner, section in _machines(settings.config):
        gcp = settings.config.gcp_of(owner, section)
        if not _own(gcp):
            continue
        startup = startup_spec(settings.config, owner, section, source="gce")
        for text in _texts(startup.model_dump(mode="json")):
            if place := _place(text, home=gcp.project or ""):
                accounts.setdefault(place, set()).add(gcp.service_account or "")
    return [
        {
            "project": place[0],
            "name": place[1],
            "functions": sorted(functions.get(place, ())),
            "accounts": sorted(accounts.get(place, ())),
        }
        for place in sorted({*functions, *accounts})
        if functions.get(place) or accounts.get(place)
    ]


def _functions(field: str) -> tuple[str, ...]:
    """Which of them read it; those of machines none."""
    *above, last = field.split(".")
    if is_of_machines(field) or last in _OF_AGENTS:
        return ()
    if last == "credentials" or "aws" in above:
        return _ASK_CLOUDS
    return _ASK_CLEARML


def _place(text: str, *, home: str) -> tuple[str, str] | None:
    """Project and name; a secret by its name alone is in the project of who reads it."""
    found = _SECRET.fullmatch(text)
    return (found["project"] or home, found["name"]) if found else None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
