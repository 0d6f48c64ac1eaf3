"""The configuration's file: where its paths begin, and what keeps it from being read."""

from pathlib import Path

import pytest

from autoscaler.config import load
from autoscaler.errors import ConfigError, Problem
from tests.config.example import SOUND, edited


def test_paths_begin_at_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "autoscaler.yaml"
    file.write_text(
        "state: /var/a.db\n" + edited("https://api.clear.ml", "http://a\n  ca_file: ca.pem")
    )

    config = load(file)

    assert config.state == Path("/var/a.db")
    assert config.workdir == tmp_path / ".autoscaler"
    assert config.clearml.ca_file == tmp_path / "ca.pem"


def test_its_path_is_absolute_even_when_its_name_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "autoscaler.yaml").write_text(SOUND)
    monkeypatch.chdir(tmp_path)

    assert load("autoscaler.yaml").state == tmp_path / "autoscaler.db"


def test_it_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "autoscaler.yaml"
    file.write_text(SOUND, encoding="utf-8-sig")

    assert load(file).name == "lab"


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        pytest.param("none.yaml", "no such file: `autoscaler init` writes one", id="missing"),
        pytest.param("folder", "this is a folder: name the file in it", id="a folder"),
        pytest.param("latin.yaml", "not UTF-8: save it as plain text in UTF-8", id="not UTF-8"),
        pytest.param("a\0b", "cannot be read: embedded null byte", id="no name at all"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str, remedy: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin.yaml").write_bytes("deployment: ü".encode("latin-1"))

    with pytest.raises(ConfigError) as caught:
        load(tmp_path / name)

    assert list(caught.value.problems) == [Problem(str(tmp_path / name), "", remedy)]
