"""Which keys stand where."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic.fields import FieldInfo

from autoscaler.config.budget import BudgetSection, QueueBudgetSection
from autoscaler.config.clearml import ClearMLSection
from autoscaler.config.durations import written
from autoscaler.config.faults import Where
from autoscaler.config.hours import HoursSection, ResourceHoursSection
from autoscaler.config.lost_tasks import LostTasksSection
from autoscaler.config.models import AutoscalerSection, Config
from autoscaler.config.process import ProcessSection
from autoscaler.config.section import Section

Place = tuple[str, ...]

SECTIONS: dict[Place, type[Section]] = {
    (): Config,
    ("clearml",): ClearMLSection,
    ("budget",): BudgetSection,
    ("queue_budgets",): QueueBudgetSection,
    ("lost_tasks",): LostTasksSection,
    ("autoscalers",): AutoscalerSection,
    ("autoscalers", "budget"): BudgetSection,
    ("autoscalers", "schedule"): HoursSection,
    ("autoscalers", "resources"): ProcessSection,
    ("autoscalers", "resources", "schedule"): ResourceHoursSection,
}
PLACES: dict[Place, str] = {
    (): "at the top, beside autoscalers",
    ("clearml",): "under clearml",
    ("budget",): "under budget",
    ("queue_budgets",): "to a queue's budget",
    ("lost_tasks",): "to a queue under lost_tasks",
    ("autoscalers",): "to an autoscaler",
    ("autoscalers", "budget"): "under budget",
    ("autoscalers", "schedule"): "under schedule",
    ("autoscalers", "resources"): "to a resource",
    ("autoscalers", "resources", "schedule"): "under a resource's schedule",
}


def schema_place(where: Where) -> Place:
    """The place without the numbers of list items."""
    return tuple(part for part in where if isinstance(part, str))


def in_short(place: Place) -> bool:
    """True for a part that may be left out: the starter shows it on one line."""
    return bool(place) and not field_at(place).is_required()


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
    text: str = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True
    )
    return text.removesuffix("\n").removesuffix("\n...")
