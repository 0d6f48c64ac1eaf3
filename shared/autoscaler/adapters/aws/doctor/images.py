"""Whether the image is there, and fits the machine, its disk and its GPU."""

import re
from typing import TYPE_CHECKING

from autoscaler.adapters.aws.doctor.site import Site
from autoscaler.adapters.aws.ec2.images import Images, NoImageError
from autoscaler.config.ec2_types import architecture, has_gpu
from autoscaler.errors import ConfigError, Problem
from autoscaler.ports.doctor import Said

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import ImageTypeDef

_PARAMETER = "resolve:ssm:"
_WITH_DRIVER = re.compile(r"nvidia|cuda|gpu|deep.?learning|dlami|grid", re.IGNORECASE)


def image(site: Site, images: Images) -> Said:
    field, named = site.at("ami"), site.purchases[0].place.ami or ""
    id = _id(site, images)
    reply = site.ec2.describe_images(
        Filters=[{"Name": "image-id", "Values": [id]}],
        IncludeDeprecated=True,  # they start all the same
    )
    if not reply["Images"]:
        remedy = f"{site.region} has no image {id} that this account may use: name another"
        return Said("", (Problem(field, named, remedy),))
    found = reply["Images"][0]
    problems = [Problem(field, named, remedy) for remedy in _unfit(site, found)]
    warnings = [] if problems else _without_driver(site, named, found)
    problems += _disk(site, found)
    return Said(f"{id} {found.get('Name', '')}".rstrip(), tuple(problems), tuple(warnings))


def _id(site: Site, images: Images) -> str:
    """Raises ConfigError for a name or a parameter that stands for no image."""
    named = site.purchases[0].place.ami
    field, clients = site.at("ami"), site.spec.clients
    try:
        id = images.resolve(clients, site.region, named, site.types[0])
    except NoImageError as error:
        problem = Problem(field, named or "", f"{error}: write another name")
        raise ConfigError(problem) from error
    if not id.startswith(_PARAMETER):
        return id
    name = id.removeprefix(_PARAMETER)
    found = clients.ssm(site.region).get_parameters(Names=[name])["Parameters"]
    if not found:
        remedy = f"{site.region} has no parameter {name}: write another, or an image's id"
        raise ConfigError(Problem(field, named or "", remedy))
    return found[0]["Value"]


def _unfit(site: Site, found: "ImageTypeDef") -> list[str]:
    remedies = []
    if found.get("State", "available") != "available":
        remedies.append(f"it is {found['State']}: name one that is available")
    kind, type = found.get("Architecture", ""), site.types[0]
    if kind != architecture(type):
        remedies.append(f"it is for {kind}, but {type} is {architecture(type)}: name another")
    if found.get("Platform", "").lower() == "windows":
        remedies.append("it is Windows: machines need Linux with systemd")
    if found.get("RootDeviceType", "ebs") != "ebs":
        remedies.append("it starts from an instance store: name one that starts from EBS")
    return remedies


def _disk(site: Site, found: "ImageTypeDef") -> list[Problem]:
    """The volume replaces the image's root only under the same device, and not by a smaller."""
    disk, root = site.spec.section.disk, found.get("RootDeviceName", "")
    if disk is None:
        return []
    if root and disk.device != root:
        remedy = f"the image starts from {root}: write that, or this becomes a second disk"
        return [Problem(f"{site.field}.disk.device", disk.device, remedy)]
    own = [m for m in found.get("BlockDeviceMappings", []) if m.get("DeviceName") == root]
    least = max((m.get("Ebs", {}).get("VolumeSize", 0) for m in own), default=0)
    if disk.size and disk.size < least:
        remedy = f"the image needs {least} GiB: write that or more"
        return [Problem(f"{site.field}.disk.size", str(disk.size), remedy)]
    return []


def _without_driver(site: Site, named: str, found: "ImageTypeDef") -> list[Problem]:
    section = site.spec.section
    if section.cpu_only or not any(map(has_gpu, site.types)):
        return []
    told = f"{named} {found.get('Name', '')} {found.get('Description', '')}"
    if not named or _WITH_DRIVER.search(told):
        return []
    remedy = "nothing says that it has NVIDIA's driver: be sure, or leave ami out for AWS's own"
    return [Problem(site.at("ami"), named, remedy)]
