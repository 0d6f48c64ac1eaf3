"""Whom the local host tells."""

import pytest

from autoscaler.adapters.local.notify import LogNotifier, Notifiers
from autoscaler.config import parse
from autoscaler.errors import ConfigError, Problem
from autoscaler.hosts.local import Local
from tests.config.example import SOUND

HOOK = "webhook: env:TEST_WEBHOOK\n" + SOUND


def test_without_a_webhook_it_is_the_log() -> None:
    assert isinstance(Local(parse(SOUND)).notifier, LogNotifier)


def test_with_one_it_is_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_WEBHOOK", "http://127.0.0.1:9/hook")
    assert isinstance(Local(parse(HOOK)).notifier, Notifiers)


def test_a_secret_that_is_missing_is_told_before_anything_starts() -> None:
    with pytest.raises(ConfigError) as caught:
        Local(parse(HOOK)).preflight()
    (problem,) = caught.value.problems
    assert isinstance(problem, Problem)
    assert problem.field == "webhook"
