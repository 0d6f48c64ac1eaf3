"""The kinds of values that resources of Compute Engine are written in."""

import re
from datetime import timedelta
from typing import Annotated, Final

from annotated_types import Ge, Le
from pydantic import AfterValidator, Strict

from autoscaler.config.faults import mistake
from autoscaler.config.fields import Duration, Says
from autoscaler.config.forms import form
from autoscaler.config.gcp import PROJECT_PATTERN

REGION_PATTERN: Final = "[a-z]+(-[a-z]+)*-[a-z]+[0-9]+"
_ZONE = re.compile(rf"({REGION_PATTERN})-[a-z]")
_NAME = "[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
_TYPE = re.compile(r"[a-z][a-z0-9]*-[a-z0-9]+(-[a-z0-9]+)*")
_URL = re.compile("https://(www|compute)[.]googleapis[.]com/compute/[a-z0-9]+/")
_IMAGE = re.compile(
    rf"(projects/(?P<project>{PROJECT_PATTERN})/)?(global/)?"
    rf"(?P<kind>images/family|images|machineImages|family)/(?P<name>{_NAME})"
)
_SUBNET = re.compile(
    rf"projects/{PROJECT_PATTERN}/regions/(?P<region>{REGION_PATTERN})/subnetworks/{_NAME}"
)
_NETWORK = re.compile(rf"(projects/{PROJECT_PATTERN}/)?global/networks/{_NAME}|{_NAME}")
_KEY = re.compile(
    rf"projects/{PROJECT_PATTERN}/locations/[a-z0-9-]+/keyRings/[\w-]+/cryptoKeys/[\w-]+",
    re.ASCII,
)
# Most regions have the zones a, b and c.
_LETTERS = {"us-east1": "bcd", "europe-west1": "bcd", "us-central1": "abcf"}


def zones_of(region: str) -> tuple[str, ...]:
    return tuple(f"{region}-{letter}" for letter in _LETTERS.get(region, "abc"))


def region_of(zone: str) -> str:
    """The region that a zone is in, "" when it is no zone."""
    found = _ZONE.fullmatch(zone)
    return found[1] if found else ""


def subnet_region(subnet: str) -> str:
    """The region in a subnet's path; "" for a name, which every region may have."""
    found = _SUBNET.fullmatch(subnet)
    return found["region"] if found else ""


def _region(text: str) -> str:
    if region := region_of(text):
        raise mistake(f"this is a zone: its region is {region}")
    if not re.fullmatch(REGION_PATTERN, text):
        raise mistake("write a region of Google Cloud, like europe-west4")
    return text


def _image(text: str) -> str:
    """As Google's paths are: of the machines' own project where none is named."""
    found = _IMAGE.fullmatch(_URL.sub("", text))
    if found is None and re.fullmatch(_NAME, text):
        return f"global/images/{text}"
    if found is None:
        raise mistake(
            "write an image's name or path, like projects/P/global/images/family/F,"
            " images/family/F or machineImages/M"
        )
    kind = "images/family" if found["kind"] == "family" else found["kind"]
    project = f"projects/{found['project']}/" if found["project"] else ""
    return f"{project}global/{kind}/{found['name']}"


def is_machine_image(image: str) -> bool:
    return "/machineImages/" in image


def _subnet(text: str) -> str:
    path = _URL.sub("", text)
    if not _SUBNET.fullmatch(path) and not re.fullmatch(_NAME, path):
        raise mistake("write a subnet's name, or its path: projects/P/regions/R/subnetworks/S")
    return path


def _network(text: str) -> str:
    path = _URL.sub("", text)
    if not _NETWORK.fullmatch(path):
        raise mistake("write a network's name, or its path: projects/P/global/networks/N")
    return path if "/" in path else f"global/networks/{path}"


def _run(length: timedelta) -> timedelta:
    if not timedelta(seconds=30) <= length <= timedelta(days=120):
        raise mistake("Google takes from 30s to 120d")
    return length


MachineType = Annotated[
    str,
    form(_TYPE, "write a machine type, like g2-standard-4 or n2-custom-8-16384"),
    Says("machine type"),
]
GpuType = Annotated[
    str, form(_NAME, "write a type of GPU, like nvidia-tesla-t4"), Says("type of GPU")
]
Zone = Annotated[str, form(_ZONE, "write a zone, like europe-west4-a"), Says("zone")]
Region = Annotated[str, AfterValidator(_region), Says("region")]
Image = Annotated[str, AfterValidator(_image), Says("image")]
Subnet = Annotated[str, AfterValidator(_subnet), Says("name or path")]
Network = Annotated[str, AfterValidator(_network), Says("name or path")]
Tag = Annotated[
    str, form(_NAME, "a network tag has a-z, 0-9 and -, and begins with a letter"), Says("tag")
]
KmsKey = Annotated[
    str,
    form(_KEY, "write a key's path: projects/P/locations/L/keyRings/R/cryptoKeys/K"),
    Says("path"),
]
DiskType = Annotated[
    str,
    form("(pd|hyperdisk)-[a-z-]+", "write a type of disk, like pd-balanced or hyperdisk-balanced"),
    Says("type of disk"),
]
Size = Annotated[int, Strict(), Ge(10), Le(65_536), Says("number")]
Speed = Annotated[int, Strict(), Ge(100), Le(500_000), Says("number")]
GpuCount = Annotated[int, Strict(), Ge(1), Le(16), Says("number")]
Disks = Annotated[int, Strict(), Ge(0), Le(24), Says("number")]
RunDuration = Annotated[Duration, AfterValidator(_run)]
