"""The project, the services that it has to have switched on, and what whoever looks may do."""

from collections.abc import Sequence

from autoscaler.adapters.gcp.doctor.asking import Asking
from autoscaler.adapters.gcp.doctor.site import Site
from autoscaler.adapters.gcp.refusals import CallError
from autoscaler.core.words import many
from autoscaler.errors import CredentialsError, Problem
from autoscaler.machine.startup import named_secrets
from autoscaler.ports.doctor import Said

_FIELD = "gcp.project"
_OFF = ("accessnotconfigured", "servicedisabled")
_LOOKING = ("compute.instances.get", "compute.instances.list", "compute.zoneOperations.list")
_STARTING = (
    "compute.disks.create",
    "compute.disks.setLabels",
    "compute.instances.create",
    "compute.instances.setLabels",
    "compute.instances.setMetadata",
    "compute.instances.setServiceAccount",
    "compute.instances.setTags",
    "compute.subnetworks.use",
    "compute.zoneOperations.get",
)
_ENDING = ("compute.instances.delete", "compute.instances.getSerialPortOutput")


def project(asking: Asking) -> Said:
    """It is there, and knows who calls."""
    try:
        name = asking.project
    except CredentialsError as error:
        return Said("", (Problem(_FIELD, "", str(error)),))
    try:
        found = asking.compute("")
    except CallError as error:
        return Said("", (_closed(name, error),))
    except CredentialsError as error:
        return Said("", (Problem("gcp.credentials", "", str(error)),))
    if found is None:
        return Said("", (Problem(_FIELD, name, "there is no such project: correct its id"),))
    return Said(name)


def services(asking: Asking, sites: Sequence[Site]) -> Said:
    """Those that the configuration makes use of are switched on."""
    needed = _needed(sites)
    off = [each for each in needed if _state(asking, each) != "ENABLED"]
    if not off:
        return Said(", ".join(each.partition(".")[0] for each in needed))
    remedy = f"gcloud services enable {' '.join(off)} --project {asking.project}"
    return Said("", (Problem(_FIELD, asking.project, f"services are off: {remedy}"),))


def permissions(asking: Asking, sites: Sequence[Site]) -> Said:
    """What starting, looking and ending needs, of whoever looks."""
    wanted = [*_LOOKING, *_STARTING, *_ENDING]
    if any(site.section.external_ip for site in sites):
        wanted.append("compute.subnetworks.useExternalIp")
    wanted = sorted(wanted)
    missing = asking.may("cloudresourcemanager", f"v3/projects/{asking.project}", wanted)
    if not missing:
        return Said(f"all {len(wanted)} that are needed")
    remedy = f"who looks may not {', '.join(missing)}: give a role that has this"
    return Said("", (Problem(_FIELD, asking.project, remedy),))


def service_account(site: Site) -> Said:
    """It is there, not switched off, and may be given to machines by whoever looks."""
    gcp, asking = site.spec.gcp, site.asking
    if not gcp.service_account:
        remedy = "machines get the project's default account, which may do much: make one for them"
        return Said("", warnings=(Problem("gcp.service_account", "", remedy),))
    name = f"v1/projects/-/serviceAccounts/{gcp.service_account}"
    found = asking.of("iam", name)
    if found is None:
        return Said("", (_account(site, "there is no such account: make it, or correct this"),))
    if found.get("disabled"):
        return Said("", (_account(site, "it is disabled: enable it"),))
    if asking.may("iam", name, ["iam.serviceAccounts.actAs"]):
        remedy = "who looks may not give it to machines: roles/iam.serviceAccountUser on it"
        return Said("", (_account(site, remedy),))
    return Said(gcp.service_account)


def secrets(site: Site) -> Said:
    """Those of machines are there; their texts are not asked for."""
    named = _kept_secrets(site)
    missing = [name for name in sorted(named) if not _kept(site.asking, name)]
    remedy = f"project {site.asking.project} has no such secret: store it there"
    problems = tuple(Problem(f"{site.field}.machine", name, remedy) for name in missing)
    return Said(many(len(named), "secret"), problems)


def _kept_secrets(site: Site) -> set[str]:
    """Those that Secret Manager keeps, without what is taken of each."""
    return {
        secret.ref.partition("#")[0]
        for _, secret in named_secrets(site.spec.startup)
        if secret.kind == "gcp-secret"
    }


def _kept(asking: Asking, reference: str) -> bool:
    name = reference.partition(":")[2].partition("/versions/")[0]
    full = name if "/" in name else f"projects/{asking.project}/secrets/{name}"
    return asking.of("secretmanager", f"v1/{full}") is not None


def _needed(sites: Sequence[Site]) -> list[str]:
    needed = ["compute.googleapis.com"]
    if any(site.spec.gcp.impersonate for site in sites):
        needed.append("iamcredentials.googleapis.com")
    if any(
        secret.kind == "gcp-secret" for s in sites for _, secret in named_secrets(s.spec.startup)
    ):
        needed.append("secretmanager.googleapis.com")
    return needed


def _state(asking: Asking, service: str) -> str:
    found = asking.of("serviceusage", f"v1/projects/{asking.project}/services/{service}")
    return str((found or {}).get("state", ""))


def _closed(name: str, error: CallError) -> Problem:
    if error.plain in _OFF or "has not been used in project" in error.detail:
        remedy = f"gcloud services enable compute.googleapis.com --project {name}"
        return Problem(_FIELD, name, f"Compute Engine is off: {remedy}")
    return Problem(_FIELD, name, f"{error}: allow it to the account that calls, or correct the id")


def _account(site: Site, remedy: str) -> Problem:
    return Problem("gcp.service_account", site.spec.gcp.service_account or "", remedy)
