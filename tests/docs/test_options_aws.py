"""Every option has an answer, every key exists, and so does every test that shows it."""

from pathlib import Path

import pytest

from autoscaler.config.layout import field_at
from tests.docs.options_aws import ANSWERS, OPTIONS, Answer, page

ROOT = Path(__file__).parents[2]


def test_no_option_is_missing() -> None:
    assert tuple(answer.option for answer in ANSWERS) == OPTIONS


def test_the_page_is_fresh() -> None:
    written = (ROOT / "docs/options-aws.md").read_text(encoding="utf-8")
    assert written == page(), "run: python -m tests.docs"


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.option)
def test_an_answer_holds(answer: Answer) -> None:
    for key in answer.keys:
        assert field_at(tuple(key.split("."))).description
    assert answer.test or answer.remark.startswith("unsupported, because ")
    file, _, name = answer.test.partition("::")
    if file:
        assert f"def {name or 'test_'}" in (ROOT / "tests" / file).read_text(encoding="utf-8")
