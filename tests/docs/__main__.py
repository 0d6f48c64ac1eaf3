"""`python -m tests.docs` writes the pages that tests are named on."""

from pathlib import Path

from tests.docs import options_aws, options_gcp

if __name__ == "__main__":
    for page in (options_aws.PAGE, options_gcp.PAGE):
        file = Path(__file__).parents[2] / "docs" / page.name
        file.write_text(page.text(), encoding="utf-8")
