"""What pages show as a configuration is one."""

import re
from pathlib import Path

import pytest

from tests.config.example import problems

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["ec2.md", "gce.md"])
def test_the_first_example_of_a_page_is_a_sound_configuration(page: str) -> None:
    found = re.search("```yaml\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
    assert found
    assert problems(found[1]) == []
