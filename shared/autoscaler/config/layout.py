"""Which keys stand where."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from autoscaler.config.aws import AwsSection
from autoscaler.config.budget import BudgetSection, QueueBudgetSection
from autoscaler.config.clearml import ClearMLSection
from autoscaler.config.durations import written
from autoscaler.config.ec2 import DiskSection, Ec2Section, RegionSection, SpotSection
from autoscaler.config.faults import Where
from autoscaler.config.gce import GceDiskSection, GceSection, ShieldedSection
from autoscaler.config.gcp import GcpSection
from autoscaler.config.hours import HoursSection, ResourceHoursSection
from autoscaler.config.lost_tasks import LostTasksSection
from autoscaler.config.machine import (
    AzureSection,
    GitSection,
    MachineProxySection,
    MachineSection,
    RegistrySection,
    S3Section,
    StorageSection,
)
from autoscaler.config.models import AutoscalerSection, Config
from autoscaler.config.process import ProcessSection
from autoscaler.config.section import Section

Place = tuple[str, ...]

_RESOURCES = ("autoscalers", "resources")
_MACHINE: dict[Place, type[Section]] = {
    ("machine",): MachineSection,
    ("machine", "git"): GitSection,
    ("machine", "storage"): StorageSection,
    ("machine", "storage", "s3"): S3Section,
    ("machine", "storage", "azure"): AzureSection,
    ("machine", "registries"): RegistrySection,
    ("machine", "proxy"): MachineProxySection,
}
_AWS: dict[Place, type[Section]] = {("aws",): AwsSection, **_MACHINE}
_GCP: dict[Place, type[Section]] = {("gcp",): GcpSection, **_MACHINE}
_CLOUDS = {**_AWS, **_GCP}
# a resource's keys stand below its provider, as in the places that pydantic names
SECTIONS: dict[Place, type[Section]] = {
    (): Config,
    ("clearml",): ClearMLSection,
    ("budget",): BudgetSection,
    ("queue_budgets",): QueueBudgetSection,
    ("lost_tasks",): LostTasksSection,
    **_CLOUDS,
    ("autoscalers",): AutoscalerSection,
    ("autoscalers", "budget"): BudgetSection,
    ("autoscalers", "schedule"): HoursSection,
    **{("autoscalers", *place): section for place, section in _CLOUDS.items()},
    (*_RESOURCES, "process"): ProcessSection,
    (*_RESOURCES, "process", "schedule"): ResourceHoursSection,
    (*_RESOURCES, "ec2"): Ec2Section,
    (*_RESOURCES, "ec2", "schedule"): ResourceHoursSection,
    (*_RESOURCES, "ec2", "disk"): DiskSection,
    (*_RESOURCES, "ec2", "spot"): SpotSection,
    (*_RESOURCES, "ec2", "regions"): RegionSection,
    **{(*_RESOURCES, "ec2", *place): section for place, section in _AWS.items()},
    (*_RESOURCES, "gce"): GceSection,
    (*_RESOURCES, "gce", "schedule"): ResourceHoursSection,
    (*_RESOURCES, "gce", "disk"): GceDiskSection,
    (*_RESOURCES, "gce", "shielded"): ShieldedSection,
    **{(*_RESOURCES, "gce", *place): section for place, section in _GCP.items()},
}
PROVIDERS = tuple(place[2] for place in SECTIONS if place[:2] == _RESOURCES and not place[3:])
_NAMED: dict[type[Section], str] = {
    Config: "at the top, beside autoscalers",
    QueueBudgetSection: "to a queue's budget",
    LostTasksSection: "to a queue under lost_tasks",
    AutoscalerSection: "to an autoscaler",
    ProcessSection: "to a resource",
    Ec2Section: "to a resource",
    GceSection: "to a resource",
    ResourceHoursSection: "under a resource's schedule",
}


def homes(key: str, place: Place) -> list[str]:
    """Where else a key belongs than at `place`, for a sentence that begins with "belongs"."""
    found = []
    for other, section in SECTIONS.items():
        if section is SECTIONS[place] or key not in section.key_names():
            continue
        own = _NAMED.get(section, f"under {other[-1:] and other[-1]}")
        both = other[:2] == place[:2] == _RESOURCES and len(other) == len(place) == len(other[:3])
        found.append(f"{own} with provider {other[-1]}" if both else own)
    return list(dict.fromkeys(found))


def untagged(where: Where) -> Where:
    """The place as the operator wrote it: pydantic names a resource's provider as well."""
    keys = [i for i, part in enumerate(where) if part == "resources"]
    at = keys[0] + 2 if keys and where[0] == "autoscalers" else len(where)
    return where[:at] + where[at + 1 :]


def schema_place(where: Where) -> Place:
    """The place without the numbers of list items."""
    return tuple(part for part in where if isinstance(part, str))


def in_short(place: Place) -> bool:
    """True for a part that may be left out: the starter shows it on one line."""
    is_whole = not place or place[:-1] == _RESOURCES
    return not is_whole and not field_at(place).is_required()


def field_at(where: Where) -> FieldInfo:
    *above, key = schema_place(where)
    fields = SECTIONS[tuple(above)].model_fields
    return next(field for name, field in fields.items() if key == (field.alias or name))


def written_example(where: Where) -> str:
    """How the key at `where` is written, as one line of YAML."""
    key, field = schema_place(where)[-1], field_at(where)
    if not field.examples:
        return f"{key}: … ({field.description})"
    return f"{key}: {flow(field.examples[0])} ({field.description})"


def plain_default(field: FieldInfo) -> Any:
    """The default as it would be written, None when there is none."""
    return plain(field.default)


def plain(value: Any) -> Any:
    """The value as YAML's own types."""
    if isinstance(value, timedelta):
        return written(value)
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value


def flow(value: Any) -> str:
    """The value as YAML on one line."""
    import yaml  # noqa: PLC0415  a function that reads JSON does without

    text: str = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True
    )
    return text.removesuffix("\n").removesuffix("\n...")
