"""Whether machines find the secrets that they are to read; their texts are not asked for."""

from collections.abc import Collection, Iterator

from botocore.exceptions import ClientError

from autoscaler.adapters.aws.doctor.site import Site
from autoscaler.adapters.aws.failures import code_of
from autoscaler.core.words import many
from autoscaler.errors import Problem
from autoscaler.machine.startup import named_secrets
from autoscaler.ports.doctor import Said

_AT_ONCE = 10  # names that one GetParameters takes
_MISSING = {"ResourceNotFoundException", "InvalidRequestException"}
_FIELDS = {
    "login.access_key": "clearml.agent_access_key",
    "login.secret_key": "clearml.agent_secret_key",
    "login.access_key.api_server": "clearml.agent_access_key",
    "login.secret_key.api_server": "clearml.agent_secret_key",
    "conf": "machine.clearml_conf",
}
_OURS = "clearml-autoscaler"


def secrets(site: Site) -> Said:
    """Those of the site's region: a machine reads no other's."""
    named = dict(_named(site))
    wrong = dict(_wrong(site, {_place(reference) for reference in named.values()}))
    problems = tuple(
        Problem(_FIELDS.get(path, f"machine.{path}"), reference, remedy)
        for path, reference in named.items()
        if (remedy := wrong.get(_place(reference)))
    )
    return Said(many(len(set(named.values())), "secret"), problems)


def _named(site: Site) -> Iterator[tuple[str, str]]:
    """What is kept on AWS, by its path in the startup's settings; the guard stores itself.

    A login that is a parameter has the server that it is for in another one beside it.
    """
    for path, secret in named_secrets(site.spec.startup):
        if secret.kind in ("ssm", "secretsmanager") and not path.startswith("guard_at."):
            yield path, secret.ref
            if path.startswith("login.") and secret.kind == "ssm" and "#" not in secret.ref:
                yield f"{path}.api_server", f"{secret.ref.rpartition('/')[0]}/api_server"


def _place(reference: str) -> str:
    return reference.partition("#")[0]


def _wrong(site: Site, places: Collection[str]) -> Iterator[tuple[str, str]]:
    """The remedy for each that is not there, or that the machine's role may not read."""
    reach = _reach(site)
    names = [place.removeprefix("ssm:") for place in sorted(places) if place.startswith("ssm:")]
    missing = {f"ssm:{name}" for name in _missing_parameters(site, names)}
    for place in sorted(places):
        kind, _, name = place.partition(":")
        if place in missing or (kind != "ssm" and _is_missing(site, name)):
            yield place, f"{site.region} has no such secret in this account: store it there"
        elif not _path(kind, name).startswith(reach):
            yield place, f"the deployment's machines may read below {reach} only: move it there"


def _path(kind: str, name: str) -> str:
    """As roles name it: a secret may be named by its ARN, and a parameter begins with a slash."""
    return name.removeprefix("/") if kind == "ssm" else name.rpartition(":secret:")[2]


def _reach(site: Site) -> str:
    """Below what the role of machines may read, where it is the one that was deployed with us."""
    deployed = f"{_OURS}-{site.deployment}-machines"
    profile = (site.spec.aws.instance_profile or "").rpartition("/")[2]
    return f"{_OURS}/{site.deployment}/machines/" if profile == deployed else ""


def _missing_parameters(site: Site, names: list[str]) -> Iterator[str]:
    ssm = site.spec.clients.ssm(site.region)
    for at in range(0, len(names), _AT_ONCE):
        yield from ssm.get_parameters(Names=names[at : at + _AT_ONCE])["InvalidParameters"]


def _is_missing(site: Site, name: str) -> bool:
    try:
        found = site.spec.clients.secretsmanager(site.region).describe_secret(SecretId=name)
    except ClientError as error:
        if code_of(error) not in _MISSING:
            raise
        return True
    return "DeletedDate" in found
