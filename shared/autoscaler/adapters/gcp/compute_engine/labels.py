"""What a machine's labels say of it: whose it is, and whom it works for."""

from collections.abc import Mapping

from autoscaler.adapters.gcp.compute_engine.spec import GceSpec
from autoscaler.ports import Order

PREFIX = "clearml-autoscaler-"
DEPLOYMENT = f"{PREFIX}deployment"
REQUEST = f"{PREFIX}request"
_QUEUE = f"{PREFIX}queue-"


def owner_labels(order: Order, spec: GceSpec) -> dict[str, str]:
    """Whose it is: also for a bill. The resource's own labels count more than its project's."""
    return {
        **spec.gcp.labels,
        **spec.section.labels,
        DEPLOYMENT: order.deployment,
        f"{PREFIX}autoscaler": order.autoscaler,
        f"{PREFIX}resource": order.resource,
    }


def machine_labels(order: Order, spec: GceSpec) -> dict[str, str]:
    """All that `Told` reads again; the launch is there for people, as its name tells it too."""
    queues = {f"{_QUEUE}{at:02}": queue for at, queue in enumerate(order.queue_ids)}
    return {
        **owner_labels(order, spec),
        f"{PREFIX}launch": order.launch.lower(),
        f"{PREFIX}slots": str(order.slots),
        f"{PREFIX}config": order.config_hash,
        **queues,
    }


class Told:
    """The labels of a machine, as anybody may have changed them: nothing in them is relied on."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels

    def text(self, name: str) -> str:
        return str(self._labels.get(f"{PREFIX}{name}", ""))

    @property
    def slots(self) -> int:
        text = self.text("slots")
        return max(1, int(text)) if text.isascii() and text.isdigit() else 1

    @property
    def queue_ids(self) -> tuple[str, ...]:
        return tuple(v for key, v in sorted(self._labels.items()) if key.startswith(_QUEUE))
