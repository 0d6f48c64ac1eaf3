"""What a configuration says, text by text, for whoever looks at the secrets that it names."""

from collections.abc import Iterator
from typing import Any

from autoscaler.config.models import Config

_AGENT_KEYS = ("agent_access_key", "agent_secret_key")


def secrets(config: Config, document: object) -> Iterator[tuple[str, str]]:
    """Each text of `document` (the configuration as it was written), and where it stands.

    ClearML's keys are among them though nobody wrote them.
    """
    written = dict(_texts(document))
    yield from written.items()
    for name in ("access_key", "secret_key"):
        if (field := f"clearml.{name}") not in written:
            yield field, getattr(config.clearml, name)


def is_of_machines(field: str) -> bool:
    """Whether a machine reads it by itself, and nobody else does."""
    parts = field.split(".")
    of_a_cloud = parts[-1] in _AGENT_KEYS and parts[-2:-1] in (["aws"], ["gcp"])
    return "machine" in parts or of_a_cloud


def _texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one, f"{field}.{name}" if field else name)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _texts(one, f"{field}[{number}]")
