"""Every option has an answer, every key exists, and so does every test that shows it."""

from pathlib import Path

import pytest

from autoscaler.config.layout import field_at
from tests.docs import options_aws, options_gcp
from tests.docs.options import Answer, Page

ROOT = Path(__file__).parents[2]
PAGES = (options_aws.PAGE, options_gcp.PAGE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_option_is_missing(page: Page) -> None:
    assert tuple(answer.option for answer in page.answers) == page.options


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_is_fresh(page: Page) -> None:
    written = (ROOT / "docs" / page.name).read_text(encoding="utf-8")
    assert written == page.text(), "run: python -m tests.docs"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(answer, id=f"{page.provider} {answer.option}")
        for page in PAGES
        for answer in page.answers
    ],
)
def test_an_answer_holds(answer: Answer) -> None:
    for key in answer.keys:
        assert field_at(tuple(key.split("."))).description
    assert answer.test or answer.remark.startswith("unsupported, because ")
    file, _, name = answer.test.partition("::")
    if file:
        assert f"def {name or 'test_'}" in (ROOT / "tests" / file).read_text(encoding="utf-8")
