"""Time, ids and secrets of this computer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autoscaler.adapters.local.system import EnvSecrets, SystemClock, UlidIds
from autoscaler.errors import ConfigError
from autoscaler.ports import Clock, Ids, Secrets


class Hands:
    """A clock that shows one time after the other."""

    def __init__(self, *times: datetime) -> None:
        self._times = iter(times)

    def now(self) -> datetime:
        return next(self._times)


class TestSystemClock:
    def test_it_is_aware_and_in_utc(self) -> None:
        clock: Clock = SystemClock()
        assert clock.now().tzinfo is UTC
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)  # noqa: TID251  # the subject


class TestUlidIds:
    def test_the_first_ten_characters_are_the_time(self) -> None:
        # The specification's example: 1469918176385 ms is 01ARYZ6S41.
        at = datetime(2016, 7, 30, 22, 36, 16, 385000, tzinfo=UTC)
        made = UlidIds(Hands(at)).new()
        assert made[:10] == "01ARYZ6S41"
        assert len(made) == 26

    def test_each_is_greater_even_when_the_clock_is_set_back(self) -> None:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        ids = UlidIds(Hands(at, at, at - timedelta(hours=1), at + timedelta(milliseconds=1)))
        made = [ids.new() for _ in range(4)]
        assert made == sorted(set(made))

    def test_threads_never_get_the_same(self) -> None:
        ids: Ids = UlidIds(SystemClock())
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda _: ids.new(), range(4000)))
        assert len(set(made)) == len(made)


class TestEnvSecrets:
    def test_an_environment_variable(self) -> None:
        secrets: Secrets = EnvSecrets({"CLEARML_KEY": "s3cret"})
        assert secrets.resolve("env:CLEARML_KEY") == "s3cret"

    def test_a_file_without_its_last_newline(self, tmp_path: Path) -> None:
        path = tmp_path / "key"
        path.write_text(" s3crét \n", encoding="utf-8")
        assert EnvSecrets({}).resolve(f"file:{path}") == " s3crét "

    @pytest.mark.parametrize("environ", [{}, {"CLEARML_KEY": ""}], ids=["missing", "empty"])
    def test_a_variable_without_value_is_told(self, environ: dict[str, str]) -> None:
        with pytest.raises(ConfigError) as told:
            EnvSecrets(environ).resolve("env:CLEARML_KEY")
        [problem] = told.value.problems
        assert problem.value == "env:CLEARML_KEY"
        assert problem.remedy == "set the environment variable CLEARML_KEY"

    @pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
    def test_a_file_that_gives_nothing_is_told(
        self, tmp_path: Path, content: bytes | None
    ) -> None:
        path = tmp_path / "key"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ConfigError) as told:
            EnvSecrets({}).resolve(f"file:{path}")
        assert told.value.problems[0].value == f"file:{path}"
        assert told.value.problems[0].remedy

    @pytest.mark.parametrize("written", ["hunter2", "hunter2:hunter2", "", "ssm:/hunter2"])
    def test_what_is_no_reference_is_not_repeated(self, written: str) -> None:
        with pytest.raises(ConfigError, match="write env:NAME or file:/path") as told:
            EnvSecrets({}).resolve(written)
        assert "hunter2" not in str(told.value)
