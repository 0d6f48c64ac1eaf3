"""The kinds of values that resources of EC2 are written in."""

import re
from typing import Annotated

from annotated_types import Ge, Le
from pydantic import AfterValidator, Strict

from autoscaler.config.aws import REGION_PATTERN
from autoscaler.config.faults import mistake
from autoscaler.config.fields import Says
from autoscaler.config.forms import form

_TYPE = re.compile(r"[a-z0-9][a-z0-9-]*\.[a-z0-9-]+")
_ZONE = re.compile(rf"({REGION_PATTERN})(-[a-z0-9]+)*[a-z]")
_DEVICE = re.compile("/dev/[a-z]+[a-z0-9]*|xvd[a-z]{1,2}")


def _ami(text: str) -> str:
    if text.startswith("ami-") and not re.fullmatch("ami-[0-9a-f]{8,17}", text):
        raise mistake("an id is ami- and 8 or 17 hexadecimal digits; else write the image's name")
    if text.startswith("resolve:ssm:"):
        return f"ssm:{text.removeprefix('resolve:ssm:')}"
    if text.startswith("/"):
        return f"ssm:{text}"
    if not text.strip() or not text.isprintable():
        raise mistake("write an id (ami-…), a parameter (ssm:/…) or the image's name")
    return text


InstanceType = Annotated[
    str, form(_TYPE, "write a type of EC2, like g5.xlarge"), Says("instance type")
]
Zone = Annotated[str, form(_ZONE, "write a zone, like eu-central-1a"), Says("zone")]
Subnet = Annotated[
    str, form("subnet-[0-9a-f]{8,17}", "write a subnet's id, like subnet-0a1b2c3d"), Says("id")
]
Group = Annotated[
    str, form("sg-[0-9a-f]{8,17}", "write a security group's id, like sg-0a1b2c3d"), Says("id")
]
Snapshot = Annotated[
    str, form("snap-[0-9a-f]{8,17}", "write a snapshot's id, like snap-0a1b2c3d"), Says("id")
]
Device = Annotated[str, form(_DEVICE, "write a device, like /dev/sda1"), Says("device")]
Image = Annotated[str, AfterValidator(_ami), Says("image")]
Size = Annotated[int, Strict(), Ge(1), Le(65_536), Says("number")]
Speed = Annotated[int, Strict(), Ge(100), Le(256_000), Says("number")]


def region_of(zone: str) -> str:
    """The region that a zone (a local one as well) is in, "" when it is no zone."""
    found = _ZONE.fullmatch(zone)
    return found[1] if found else ""
