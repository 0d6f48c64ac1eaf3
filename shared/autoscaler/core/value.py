"""What every noun of the core is: a frozen value that refuses unknown attributes."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value; `model_copy(update=...)` makes the changed one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
