"""Secrets are named at home, and read on the machine."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, model_validator

from autoscaler.core.value import Value

HOW = "name the secret: ssm:/PATH, secretsmanager:NAME, gcp-secret:NAME, file:/PATH or env:NAME"
_FORMS = {
    "ssm": r"[\w./-]+(#.+)?",
    "secretsmanager": r"[\w/+=.@:!-]+(#.+)?",
    "gcp-secret": r"[\w/-]+(#.+)?",
    "file": r"/.+",
    "env": r"[A-Za-z_]\w*",
}


class Section(Value):
    """A part of what the operator says; an error about it never repeats what was said."""

    model_config = ConfigDict(hide_input_in_errors=True)


class Secret(Section):
    """`ref`: where it is kept; `#KEY` at the end takes one member of a JSON object."""

    ref: str

    @model_validator(mode="before")
    @classmethod
    def _written(cls, given: Any) -> Any:
        return {"ref": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _known(self) -> "Secret":
        kind, _, name = self.ref.partition(":")
        if not (kind in _FORMS and re.fullmatch(_FORMS[kind], name, re.ASCII)):
            raise ValueError(HOW)
        return self

    @property
    def kind(self) -> str:
        return self.ref.partition(":")[0]


def _sayable(given: Any) -> Any:
    """Text travels as UTF-8 at last, which half of a character cannot."""
    if isinstance(given, str) and "\0" in given:
        raise ValueError("remove the NUL character")
    return given


Plain = Annotated[str, BeforeValidator(_sayable)]
Text = Plain | Secret  # a Secret is read on the machine; a str is what it says
