"""What the templates and the functions take from the configuration."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autoscaler.config import Config
from autoscaler.config.document import compose
from autoscaler.config.on_aws import Made, clouds_of, folder, misfits
from autoscaler.config.reading import load
from autoscaler.errors import ConfigError, Problem

_HERE = {"Ref": "AWS::Region"}  # the region of the functions
MEMORY = {"launcher": 512, "reaper": 256}
_WITH_GOOGLE = {"launcher": 512, "reaper": 512}  # its client takes 150 MB where it is loaded


@dataclass(frozen=True)
class Settings:
    """`document`: the configuration as plain values, as it was written."""

    config: Config
    document: Any

    @property
    def clouds(self) -> frozenset[str]:
        """The providers of other clouds whose clients the package needs."""
        return clouds_of(self.config)

    @property
    def path(self) -> str:
        """Where the deployment's parameters are; its secrets are there without the first slash."""
        return folder(self.config.name)

    @property
    def text(self) -> str:
        """The configuration as JSON, which a function reads faster than YAML."""
        return json.dumps(self.document, ensure_ascii=False, separators=(",", ":"))

    def for_templates(self) -> dict[str, object]:
        """`regions`, and with commas `others` and `assumed` (roles' ARNs), are of machines.

        `clouds`: providers of other clouds; `memory`: of functions, in MB.
        """
        made = Made.of(self.config)
        return {
            "name": made.name,
            "regions": [_HERE, *sorted(made.regions)],
            "others": ",".join(sorted(made.regions)),
            "assumed": ",".join(sorted(made.roles)),
            "clouds": ",".join(sorted(made.clouds)),
            "memory": _WITH_GOOGLE if "gce" in made.clouds else MEMORY,
        }


Misfits = Callable[[Config, object], Iterator[Problem]]


def read(file: Path, misfits: Misfits = misfits) -> Settings:
    """Raises ConfigError with every mistake, also with what a function there cannot use."""
    config = load(file)
    settings = Settings(config, compose(file.read_text(encoding="utf-8-sig")).data)
    problems = list(misfits(config, settings.document))
    if problems:
        raise ConfigError(*problems)
    return settings
