"""What every part of the configuration is."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """A frozen set of keys; a key without a value counts as not written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _leave_out_what_is_empty(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        known = cls.key_names()
        return {key: value for key, value in data.items() if value is not None or key not in known}

    @classmethod
    def key_names(cls) -> tuple[str, ...]:
        """The keys as the operator writes them, in order."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())
