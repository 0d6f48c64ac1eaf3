"""What the machines of one resource are made of, and where they may be bought."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from autoscaler.adapters.gcp.compute_engine.access import Access
from autoscaler.config import GcePurchase, GceSection, GcpSection
from autoscaler.machine.startup import StartupSpec


@dataclass(frozen=True)
class GceSpec:
    """`gcp` is the project, with everything that is written above the resource.

    `access` is that project's: one object for all resources that share it.
    """

    section: GceSection
    gcp: GcpSection
    startup: StartupSpec
    access: Access

    @cached_property
    def purchases(self) -> Mapping[str, GcePurchase]:
        """Each way to buy a machine, by its offering's key."""
        return {one.offering(self.section).key: one for one in self.section.purchases}
