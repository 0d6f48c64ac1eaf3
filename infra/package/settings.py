"""What the templates and the functions take from the configuration."""

import json
from dataclasses import dataclass
from pathlib import Path

from autoscaler.config import Config
from autoscaler.config.document import compose
from autoscaler.config.reading import load

_HERE = {"Ref": "AWS::Region"}


@dataclass(frozen=True, slots=True)
class Settings:
    """`document`: the configuration as JSON, which a function reads faster than YAML."""

    config: Config
    document: str

    @property
    def path(self) -> str:
        """Where the deployment's parameters and secrets are."""
        return f"/clearml-autoscaler/{self.config.name}"

    def for_templates(self) -> dict[str, object]:
        """`regions` and `assumed` (roles' ARNs, with commas) are those of machines."""
        return {"name": self.config.name, "regions": [_HERE], "assumed": ""}


def read(file: Path) -> Settings:
    """Raises ConfigError with every mistake."""
    config = load(file)
    data = compose(file.read_text(encoding="utf-8-sig")).data
    return Settings(config, json.dumps(data, ensure_ascii=False, separators=(",", ":")))
