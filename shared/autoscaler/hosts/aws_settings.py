"""What the deployment to AWS tells its functions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from autoscaler.errors import ConfigError, Problem

IN_TABLE = "table:"
PACKAGED = Path("autoscaler.json")


class Settings(BaseModel):
    """The environment's variables, which have these names in capitals; nothing here is secret.

    `config` is a file of the package, or `table:` for what was pushed into the table; `packaged`
    then stands in when that cannot be used.
    `dead_letters` are URLs of queues with spaces between them. `clearml_api_host` is the server
    of a login that stands in the environment too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str = Field(min_length=1)
    topic_arn: str = ""
    alerts_arn: str = ""
    config: Path = PACKAGED
    packaged: Path = PACKAGED
    dead_letters: str = ""
    clearml_api_host: str = ""

    @property
    def in_table(self) -> bool:
        return str(self.config) == IN_TABLE

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """ConfigError names the variables that are missing."""
        names = {name: name.upper() for name in cls.model_fields}
        given = {name: environ[said] for name, said in names.items() if said in environ}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            missing = [names[str(each["loc"][0])] for each in error.errors()]
        raise ConfigError(*(Problem(name, "", "set this variable") for name in missing))
