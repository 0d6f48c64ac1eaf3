"""Both clouds' metadata services under one set of names, for tests that hold for either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from autoscaler.machine.guard.orders import DRAIN_KEY
from tests.machine.metadata.ec2 import Ec2Metadata
from tests.machine.metadata.gce import GceMetadata
from tests.machine.metadata.server import MetadataServer


class Cloud(NamedTuple):
    source: str
    service: MetadataServer
    order: Callable[[str], None]
    withdraw: Callable[[], None]

    @property
    def settings(self) -> dict[str, Any]:
        """What the guard of a machine of this cloud is told."""
        return {"source": self.source, "metadata": self.service.url}


def on_ec2(service: Ec2Metadata) -> Cloud:
    return Cloud(
        "ec2",
        service,
        order=lambda nonce: service.set_tag(DRAIN_KEY, nonce),
        withdraw=lambda: service.remove_tag(DRAIN_KEY),
    )


def on_gce(service: GceMetadata) -> Cloud:
    return Cloud(
        "gce",
        service,
        order=lambda nonce: service.set_attribute(DRAIN_KEY, nonce),
        withdraw=lambda: service.remove_attribute(DRAIN_KEY),
    )
