"""`python -m autoscaler.config docs` writes the pages that are made of the models."""

import sys
from pathlib import Path

from autoscaler.config.reference import json_schema, reference

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "configuration.md").write_text(reference(), encoding="utf-8")
    (folder / "autoscaler.schema.json").write_text(json_schema(), encoding="utf-8")
