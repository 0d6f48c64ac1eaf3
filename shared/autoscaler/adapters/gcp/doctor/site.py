"""A resource in its project."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autoscaler.adapters.gcp.compute_engine.spec import GceSpec
from autoscaler.adapters.gcp.doctor.asking import Asking
from autoscaler.config import GceSection
from autoscaler.config.gce_fields import region_of


@dataclass(frozen=True)
class Site:
    """`asking` is the project's, shared by all resources in it."""

    key: str
    spec: GceSpec
    asking: Asking

    @property
    def section(self) -> GceSection:
        return self.spec.section

    @property
    def field(self) -> str:
        """Where the configuration has the resource."""
        autoscaler, _, resource = self.key.partition("/")
        return f"autoscalers[{autoscaler}].resources[{resource}]"

    @property
    def regions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(region_of, self.section.places)))

    @property
    def types(self) -> dict[str, dict[str, Any]]:
        """What Google says of each type in the first zone that has it; of others nothing."""
        found = ((type, self._sold(type)) for type in self.section.types)
        return {type: told[0] for type, told in found if told}

    def there(self, kind: str, name: str) -> dict[str, dict[str, Any]]:
        """What Google says of a type of machine or GPU, by the zones that have it."""
        asked = {zone: f"zones/{zone}/{kind}/{name}" for zone in self.section.places}
        told = {zone: self.asking.compute(path) for zone, path in asked.items()}
        return {zone: found for zone, found in told.items() if found is not None}

    def _sold(self, type: str) -> list[dict[str, Any]]:
        return list(self.there("machineTypes", type).values())


def sites(specs: Mapping[str, GceSpec]) -> Iterator[Site]:
    """In the order of the configuration."""
    asking: dict[int, Asking] = {}
    for key, spec in specs.items():
        yield Site(key, spec, asking.setdefault(id(spec.access), Asking(spec.access)))
