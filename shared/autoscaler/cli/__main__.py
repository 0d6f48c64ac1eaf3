"""`python -m autoscaler.cli docs` writes the page that is made of the commands."""

import sys
from pathlib import Path

from autoscaler.cli.reference import reference

if __name__ == "__main__":
    (Path(sys.argv[1]) / "cli.md").write_text(reference(), encoding="utf-8")
