"""From what the operator calls an image to what EC2 takes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.ec2.reading import reading
from autoscaler.config.ec2_types import architecture
from autoscaler.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import ImageTypeDef

# AWS keeps these up to date: Ubuntu with docker, NVIDIA's driver and its container toolkit. The
# form is that of its guide (docs.aws.amazon.com/dlami/latest/devguide/find-dlami-id.html): x86_64
# or arm64, then the name in its release notes (appendix-ami-release-notes.html) without the words
# deep, learning and ami.
_LEARNING = (
    "/aws/service/deeplearning/ami/{}/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id"
)
_FRESH = timedelta(minutes=15)


class NoImageError(Exception):
    """No image answers to the name."""


class Images:
    """An id is itself; EC2 looks a parameter up at each launch; a name is looked up here."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[tuple[int, str, str], tuple[str, datetime]] = {}

    def resolve(self, clients: Clients, region: str, ami: str | None, type: str) -> str:
        """What RunInstances takes as ImageId. Raises NoImageError and UnavailableError."""
        if ami is None:
            return f"resolve:ssm:{_LEARNING.format(architecture(type))}"
        if ami.startswith("ami-"):
            return ami
        if ami.startswith("ssm:"):
            return f"resolve:{ami}"
        return self._named(clients, region, ami, architecture(type))

    def _named(self, clients: Clients, region: str, name: str, kind: str) -> str:
        now, key = self._clock.now(), (id(clients), region, f"{kind} {name}")
        if key in self._known and now - self._known[key][1] < _FRESH:
            return self._known[key][0]
        with reading("DescribeImages", region):
            found = _search(clients, region, name, kind)
        if not found:
            raise NoImageError(f"no image for {kind} in {region} is called {name}")
        newest = max(found, key=lambda image: (image.get("CreationDate", ""), image["ImageId"]))
        self._known[key] = (newest["ImageId"], now)
        return newest["ImageId"]


def _search(clients: Clients, region: str, name: str, kind: str) -> "Sequence[ImageTypeDef]":
    """Only images of AWS's and our own: anybody may publish one under any name."""
    reply = clients.ec2(region).describe_images(
        Owners=["self", "amazon", "aws-marketplace"],
        Filters=[
            {"Name": "name", "Values": [name]},
            {"Name": "architecture", "Values": [kind]},
            {"Name": "state", "Values": ["available"]},
        ],
    )
    return [image for image in reply["Images"] if image.get("ImageId")]
