"""What a machine's tags say of it: whose it is, which launch ordered it, whom it works for."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from autoscaler.adapters.aws.ec2.spec import Ec2Spec
from autoscaler.ports import Order

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import TagTypeDef

PREFIX = "clearml-autoscaler:"
DEPLOYMENT = f"{PREFIX}deployment"
FLEET = "aws:ec2:fleet-id"  # set by AWS, and by nobody else
_QUEUES = f"{PREFIX}queues"
_LONGEST = 256


def owner_tags(order: Order) -> dict[str, str]:
    """Whose it is: also for a bill."""
    return {
        DEPLOYMENT: order.deployment,
        f"{PREFIX}autoscaler": order.autoscaler,
        f"{PREFIX}resource": order.resource,
    }


def machine_tags(order: Order, prefix: str) -> dict[str, str]:
    """All that `tags.Told` reads again."""
    return {
        **owner_tags(order),
        f"{PREFIX}launch": order.launch,
        f"{PREFIX}attempt": str(order.attempt),
        f"{PREFIX}prefix": prefix,
        f"{PREFIX}slots": str(order.slots),
        f"{PREFIX}config": order.config_hash,
        **_queue_tags(order.queue_ids),
    }


def specifications(order: Order, spec: Ec2Spec, kinds: Iterable[str]) -> list[dict[str, object]]:
    """TagSpecifications for these kinds of things; the operator's `Name` counts more than ours."""
    theirs = {**spec.aws.tags, **spec.section.tags}
    named = {"Name": f"{spec.startup.prefix} {order.resource}", **theirs}
    ours = {"instance": machine_tags(order, spec.startup.prefix)}
    return [
        {"ResourceType": kind, "Tags": listed({**named, **ours.get(kind, owner_tags(order))})}
        for kind in kinds
    ]


def listed(tags: Mapping[str, str]) -> "list[TagTypeDef]":
    return [{"Key": key, "Value": value} for key, value in tags.items()]


class Told:
    """The tags of a machine, as anybody may have changed them: nothing in them is relied on."""

    def __init__(self, tags: "Iterable[TagTypeDef]") -> None:
        self._tags = {tag.get("Key", ""): tag.get("Value", "") for tag in tags}

    def text(self, name: str) -> str:
        return self._tags.get(f"{PREFIX}{name}", "")

    def number(self, name: str, otherwise: int) -> int:
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() else otherwise

    @property
    def queue_ids(self) -> tuple[str, ...]:
        parts = [text for key, text in sorted(self._tags.items()) if key.startswith(_QUEUES)]
        return tuple(queue for part in parts for queue in part.split("+") if queue)

    @property
    def fleet(self) -> str:
        return self._tags.get(FLEET, "")


def _queue_tags(queue_ids: tuple[str, ...]) -> dict[str, str]:
    """As many tags as they need, since a value has at most 256 characters."""
    values = [""]
    for queue in queue_ids:
        joined = f"{values[-1]}+{queue}".lstrip("+")
        if len(joined) > _LONGEST:
            values.append(queue)
        else:
            values[-1] = joined
    return {f"{_QUEUES}{f'-{at:02}' if at else ''}": text for at, text in enumerate(values)}
