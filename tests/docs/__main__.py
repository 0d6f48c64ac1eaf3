"""`python -m tests.docs` writes the pages that tests are named on."""

from pathlib import Path

from tests.docs.options_aws import page

if __name__ == "__main__":
    (Path(__file__).parents[2] / "docs/options-aws.md").write_text(page(), encoding="utf-8")
