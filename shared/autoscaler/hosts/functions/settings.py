"""What a deployment tells its functions, whichever cloud they run in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from autoscaler.errors import ConfigError, Problem

IN_TABLE: Final = "table:"
PACKAGED: Final = Path("autoscaler.json")


class FunctionSettings(BaseModel):
    """The environment's variables, which have these names in capitals; nothing here is secret.

    `config` is a file of the package, or `table:` for what was pushed into the table; `packaged`
    then stands in when that cannot be used. `clearml_api_host` is the server of a login that
    stands in the environment too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: Path = PACKAGED
    packaged: Path = PACKAGED
    clearml_api_host: str = ""

    @property
    def in_table(self) -> bool:
        return str(self.config) == IN_TABLE

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """ConfigError names the variables that are missing."""
        names = {name: name.upper() for name in cls.model_fields}
        given = {name: environ[said] for name, said in names.items() if said in environ}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            missing = [names[str(each["loc"][0])] for each in error.errors()]
        raise ConfigError(*(Problem(name, "", "set this variable") for name in missing))
