"""What the services log reaches stderr as one line each."""

import json
import logging

import pytest

from autoscaler.cli.running import log


def test_a_line_has_time_level_name_event_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up(json_output=False, verbose=False)

    logging.getLogger("autoscaler.services").info("moved_on", extra={"instance": "a\nb"})

    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("+00:00 INFO autoscaler.services moved_on instance=a\\nb")


def test_as_json_the_fields_are_keys(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up(json_output=True, verbose=False)

    logging.getLogger("autoscaler.services").warning("publish_failed", extra={"error": "x"})

    told = json.loads(capsys.readouterr().err)
    assert (told["type"], told["level"], told["event"], told["error"]) == (
        "log",
        "warning",
        "publish_failed",
        "x",
    )


def test_a_traceback_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up(json_output=True, verbose=False)
    try:
        int("odd")
    except ValueError:
        logging.getLogger("autoscaler").exception("failed")

    assert "ValueError: invalid literal" in json.loads(capsys.readouterr().err)["trace"]


@pytest.mark.parametrize(("verbose", "told"), [(True, True), (False, False)])
def test_details_are_told_when_asked_for(
    capsys: pytest.CaptureFixture[str], verbose: bool, told: bool
) -> None:
    log.set_up(json_output=False, verbose=verbose)

    logging.getLogger("autoscaler.services").debug("detail")

    assert ("detail" in capsys.readouterr().err) == told
