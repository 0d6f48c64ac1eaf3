"""Tokens of who a process is at Google."""

import json
from pathlib import Path

import pytest

from autoscaler.adapters.gcp.identity import tokens_for
from autoscaler.errors import CredentialsError, UnavailableError
from tests.adapters.gcp.issuer import IDENTITY, issuing, key

LOGIN = "GOOGLE_APPLICATION_CREDENTIALS"


def test_a_service_account_gets_a_token_for_whom_it_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with issuing() as google:
        (tmp_path / "key.json").write_text(json.dumps(key(google.url)))
        monkeypatch.setenv(LOGIN, str(tmp_path / "key.json"))
        assert tokens_for("sts.amazonaws.com")() == IDENTITY
        assert "assertion=" in google.asked["key"]


def test_a_process_that_is_nobody_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LOGIN, "/nowhere/key.json")
    with pytest.raises(CredentialsError, match="run as a service account"):
        tokens_for("sts.amazonaws.com")()


def test_where_google_does_not_answer_the_next_tick_asks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key.json").write_text(json.dumps(key("http://127.0.0.1:9")))
    monkeypatch.setenv(LOGIN, str(tmp_path / "key.json"))
    with pytest.raises(UnavailableError, match="no identity token of Google's"):
        tokens_for("sts.amazonaws.com")()
