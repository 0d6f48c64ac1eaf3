import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from autoscaler.cli.app import app
from autoscaler.world.clearml.users import Credentials
from autoscaler.world.server import StandIn
from tests.cli.lab import Lab

Run = Callable[..., Result]

KEYS = {"CLEARML_API_ACCESS_KEY": "key", "CLEARML_API_SECRET_KEY": "secret"}
NONE = {"CLEARML_API_ACCESS_KEY": None, "CLEARML_API_SECRET_KEY": None, "CLEARML_API_HOST": None}


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A command sets logging up for its process, and a test is not one."""
    root, ours = logging.getLogger(), logging.getLogger("autoscaler")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Calls a command in an empty folder, 80 columns wide, without a terminal or credentials."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, env: Mapping[str, str] | None = None, input: str = "") -> Result:  # noqa: A002
        around = {**NONE, "COLUMNS": "80", "AUTOSCALER_CONFIG": None, **(env or {})}
        return CliRunner(env=around).invoke(app, arguments, input=input, catch_exceptions=False)

    return call


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn(credentials=Credentials("key", "secret")) as standin:
        yield standin
