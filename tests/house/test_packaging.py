import os
import re
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
import uv_build

import autoscaler

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "shared" / "autoscaler"
LOCKS = sorted(ROOT.glob("requirements/*.lock"))


def test_the_package_and_the_distribution_have_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert autoscaler.__version__ == project["version"]


def test_the_wheel_holds_every_file_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)

    with ZipFile(tmp_path / uv_build.build_wheel(str(tmp_path))) as wheel:
        packed = {name for name in wheel.namelist() if name.startswith("autoscaler/")}

    assert {name for name in packed if not name.endswith("/")} == {
        path.relative_to(PACKAGE.parent).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_every_requirement_with_a_hash_and_names_no_host(lock: Path) -> None:
    text = lock.read_text()
    requirements = [part for part in re.split(r"\n(?=[a-z0-9])", text) if not part.startswith("#")]

    assert requirements
    assert not [part for part in requirements if not re.match(r"[a-z0-9.-]+==\S+ ", part)]
    assert not [part for part in requirements if "--hash=sha256:" not in part]
    assert not re.findall(r"://|--(?:extra-)?index-url|--find-links", text)
