"""What Cloud Logging reads of a function's standard output."""

import json
import logging
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from autoscaler.adapters.gcp.logs import log_as_json


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """Everything that it changes in this process is put back."""
    root, ours = logging.getLogger(), logging.getLogger("autoscaler")
    handlers, levels = [*root.handlers], (root.level, ours.level)
    yield log_as_json()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_has_its_severity_its_time_and_what_was_told_beside_it(
    log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log.info("ticked", extra={"gen": 7, "folder": Path("größer")})
    (line,) = said(capsys)
    assert datetime.fromisoformat(line.pop("time")).tzinfo == UTC
    assert line == {
        "severity": "INFO",
        "message": "ticked",
        "logger": "autoscaler.functions",
        "gen": 7,
        "folder": "größer",
    }


def test_an_error_is_one_line_with_its_stack(
    log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        int("no\nsuch thing")
    except ValueError:
        log.exception("message_crashed")
    (line,) = said(capsys)
    assert (line["severity"], line["message"]) == ("ERROR", "message_crashed")
    assert "ValueError: invalid literal" in line["stack_trace"]


@pytest.mark.usefixtures("log")
def test_libraries_are_heard_when_they_warn(capsys: pytest.CaptureFixture[str]) -> None:
    library = logging.getLogger("urllib3")
    library.info("chatter")
    library.warning("take care")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("it will end", FutureWarning, stacklevel=1)
    assert [line["severity"] for line in said(capsys)] == ["WARNING", "WARNING"]


def test_no_word_of_a_record_hides_what_cloud_logging_reads(
    log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log.warning("notice", extra={"severity": "DEBUG", "time": "never"})
    (line,) = said(capsys)
    assert line["severity"] == "WARNING"
    assert line["time"] != "never"
