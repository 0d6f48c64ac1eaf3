"""What is deployed: small, the same from the same inputs, and made for Lambda's computers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest

from autoscaler.config import parse
from autoscaler.errors import ConfigError
from infra.package.__main__ import build
from infra.package.archive import MOST_UNPACKED, Archive, check_fits, pack
from infra.package.bytecode import compile_all, interpreter
from infra.package.errors import PackagingError
from infra.package.settings import Settings, read
from infra.package.sources import copy_package, copy_sources
from tests.infra.rendered import ROOT

LARGEST = 8_000_000  # bytes; a cold start reads all of it
ON_ARM = 0xB7  # the machine that an ELF file is for, in its nineteenth byte


@pytest.fixture(scope="session")
def package(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("package")
    try:
        build(settings, out, architecture="arm64")
    except PackagingError as error:
        pytest.skip(f"no libraries can be had here: {error}")
    return out


@pytest.fixture(scope="session")
def names(package: Path) -> set[str]:
    with ZipFile(package / "functions.zip") as archive:
        return set(archive.namelist())


@pytest.mark.slow
def test_the_same_inputs_give_the_same_bytes(
    package: Path, settings: Settings, tmp_path: Path
) -> None:
    build(settings, tmp_path, architecture="arm64")
    for name in ("functions.zip", "deployment.json", "guard.json"):
        assert (tmp_path / name).read_bytes() == (package / name).read_bytes()


@pytest.mark.slow
def test_it_is_small(package: Path) -> None:
    assert (package / "functions.zip").stat().st_size < LARGEST


@pytest.mark.slow
def test_it_has_what_functions_import_and_nothing_else(names: set[str]) -> None:
    tops = {name.partition("/")[0] for name in names if "/" in name}
    libraries = {top for top in tops if not top.endswith(".dist-info")}
    assert libraries >= {"autoscaler", "aws_lambda_powertools", "functions", "pydantic", "urllib3"}
    for left_out in ("boto3", "botocore", "typer", "rich", "psutil", "tests", "clearml"):
        assert left_out not in libraries
    for name in ("poller", "launcher", "reaper", "watcher"):
        assert f"functions/aws/{name}.py" in names
    assert not [
        name
        for name in names
        if name.startswith(("autoscaler/cli/", "autoscaler/simulate/", "autoscaler/world/"))
    ]


@pytest.mark.slow
def test_its_libraries_are_for_lambdas_processor_whatever_built_it(package: Path) -> None:
    with ZipFile(package / "functions.zip") as archive:
        shared = [name for name in archive.namelist() if name.endswith(".so")]
        machines = {archive.read(name)[18] for name in shared}
    assert shared
    assert machines == {ON_ARM}
    assert all("cpython-313" in name for name in shared)


@pytest.mark.slow
def test_sources_are_compiled_where_this_computer_can(names: set[str]) -> None:
    if not interpreter():
        pytest.skip("Python 3.13 was not found: nothing was compiled")
    for source in ("functions/aws/poller.py", "autoscaler/hosts/aws.py", "pydantic/main.py"):
        folder, _, file = source.rpartition("/")
        assert f"{folder}/__pycache__/{file.removesuffix('.py')}.cpython-313.pyc" in names


@pytest.mark.slow
def test_the_configuration_in_it_is_the_operators(package: Path, settings: Settings) -> None:
    with ZipFile(package / "functions.zip") as archive:
        text = archive.read("autoscaler.json").decode()
    assert parse(text, folder=Path()).deployment() == settings.config.deployment()


def test_only_content_and_names_decide_the_bytes_of_an_archive(tmp_path: Path) -> None:
    def packed(order: str, times: int) -> bytes:
        stage = tmp_path / f"{order}{times}"
        stage.mkdir()
        for name in order:
            (stage / name).write_text(name)
            (stage / name).chmod(0o600 + times)
        pack(stage, tmp_path / "archive.zip")
        return (tmp_path / "archive.zip").read_bytes()

    assert packed("abc", 0) == packed("cab", 1)
    assert packed("ab", 0) != packed("abd", 0)


def test_a_package_that_lambda_would_not_take_is_told() -> None:
    check_fits(Archive(60_000_000, MOST_UNPACKED, ""))
    with pytest.raises(PackagingError, match="263 MB unpacked, Lambda takes 262: leave out"):
        check_fits(Archive(60_000_000, MOST_UNPACKED + 1_000_000, ""))


def test_compiled_files_are_taken_without_a_look_at_their_sources(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("ONE = 1\n")
    if not compile_all(tmp_path):
        pytest.skip("Python 3.13 was not found")
    (compiled,) = tmp_path.glob("__pycache__/*.pyc")
    flags = int.from_bytes(compiled.read_bytes()[4:8], "little")
    assert flags == 0b01  # by hash, never checked


def test_the_machines_programs_travel_as_sources(tmp_path: Path) -> None:
    copy_sources(ROOT, tmp_path)
    for room in ("boot", "guard"):
        assert (tmp_path / "autoscaler" / "machine" / room / "main.py").exists()
    assert not list(tmp_path.rglob("__pycache__"))


def test_a_list_of_what_is_left_out_that_has_grown_old_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="adapters/azure is not in the package"):
        copy_package(ROOT, tmp_path, without=["adapters/azure"])


def test_the_functions_lock_is_of_libraries_that_the_package_depends_on() -> None:
    def pinned(name: str) -> set[str]:
        text = (ROOT / "requirements" / f"{name}.lock").read_text()
        return set(re.findall(r"^([a-z0-9-]+==\S+)", text, re.MULTILINE))

    assert pinned("aws") | pinned("boto3") <= pinned("dev")
    assert not {one for one in pinned("aws") if one.startswith("boto")}


_OURS = "ssm:/clearml-autoscaler/team/keys"
CONFIG = """
deployment: {name}
clearml: {{api: https://api.clear.ml{login}}}
aws: {{instance_profile: {profile}{account}}}
{top}
autoscalers:
  - name: vision
    resources:
      - {resource}
"""
FITS = {
    "account": "",
    "name": "team",
    "profile": "clearml-autoscaler-team-machines",
    "resource": "{name: gpu, provider: ec2, queues: [gpu], types: [g5.xlarge], max_instances: 1}",
    "login": ', access_key: "{0}", secret_key: "{0}"',
    "secret": "ssm:/clearml-autoscaler/team/machines/clearml",
    "top": "",
}
PROJECT = (
    "{agent_access_key: 'gcp-secret:a', agent_secret_key: 'gcp-secret:b',"
    " project: my-project-42, credentials: 'ssm:/clearml-autoscaler/team/clouds/google'}"
)
GOOGLE = (
    "{name: gpu, provider: gce, queues: [gpu], types: [g2-standard-4], max_instances: 1,"
    f" zones: [europe-west4-a], machine_image: ml, gcp: {PROJECT}}}"
)
PROCESS = "{name: cpu, provider: process, queues: [cpu], cpu_only: true, max_instances: 1}"


def written_with(parts: Mapping[str, str]) -> str:
    return CONFIG.format(**{**parts, "login": parts["login"].format(parts["secret"])})


@pytest.mark.parametrize(
    ("field", "written", "told"),
    [
        pytest.param("secret", "ssm:/elsewhere/key", "keep it there", id="a secret of others"),
        pytest.param("resource", PROCESS, "start no processes", id="machines as processes"),
        pytest.param(
            "resource",
            GOOGLE.replace(" project: my-project-42,", ""),
            "gcp.project: functions on AWS are in none of Google's projects",
            id="machines of Google, nobody knows where",
        ),
        pytest.param(
            "resource",
            GOOGLE.replace(", credentials: 'ssm:/clearml-autoscaler/team/clouds/google'", ""),
            "gcp.credentials: functions on AWS have no login at Google.*/team/clouds/google",
            id="machines of Google, nobody knows as whom",
        ),
        pytest.param(
            "resource",
            GOOGLE.replace("/clouds/", "/"),
            "may read ssm:/clearml-autoscaler/team/clouds/… only",
            id="a login at Google where the launcher may not look",
        ),
        pytest.param(
            "top", "webhook: gcp-secret:hook", "no secrets of Google's", id="a secret of Google's"
        ),
        pytest.param(
            "resource",
            FITS["resource"].replace(
                "{",
                "{aws: {agent_access_key: 'ssm:/a', agent_secret_key: "
                "'ssm:/clearml-autoscaler/team/machines/b'}, ",
                1,
            ),
            "agent_access_key = ssm:/a: .*team/machines/",
            id="a key of agents where no machine may look",
        ),
        pytest.param(
            "secret",
            "ssm:/clearml-autoscaler/team/clearml",
            "team/machines/",
            id="a login for agents where no machine may look",
        ),
        pytest.param(
            "resource",
            "{name: gpu, provider: ec2, queues: [gpu], types: [g5.xlarge], max_instances: 1,"
            " ami: 'ssm:/ours/image'}",
            "team/images/",
            id="an image where the launcher may not look",
        ),
        pytest.param(
            "top",
            "machine: {git: {user: me, password: 'ssm:/clearml-autoscaler/team/git'}}",
            "team/machines/",
            id="a password of machines where none may look",
        ),
        pytest.param(
            "login",
            ', agent_access_key: "{0}", agent_secret_key: "{0}"',
            "clearml.access_key = env:.*neither variables nor files",
            id="a login by default",
        ),
        pytest.param(
            "top", "webhook: env:WEBHOOK_URL", "neither variables nor files", id="a variable"
        ),
        pytest.param(
            "account",
            f", access_key: '{_OURS}#a', secret_key: '{_OURS}#s'",
            "functions have roles",
            id="keys in place of roles",
        ),
        pytest.param("profile", "null", "clearml-autoscaler-team-machines", id="no profile"),
        pytest.param("name", "a_team", "names a stack", id="a name that no stack may have"),
    ],
)
def test_what_cannot_work_on_aws_is_refused_before_it_is_deployed(
    tmp_path: Path, field: str, written: str, told: str
) -> None:
    file = tmp_path / "autoscaler.yaml"
    file.write_text(written_with(FITS))
    assert read(file).config.name == "team"
    file.write_text(written_with({**FITS, field: written}))
    with pytest.raises(ConfigError, match=told):
        read(file)


def test_functions_on_aws_may_start_machines_of_google(tmp_path: Path) -> None:
    file = tmp_path / "autoscaler.yaml"
    file.write_text(written_with({**FITS, "resource": GOOGLE, "secret": _OURS}))
    assert read(file).for_templates()["clouds"] == "gce"


def test_agents_keys_that_only_functions_read_are_kept_by_their_own_cloud(tmp_path: Path) -> None:
    file = tmp_path / "autoscaler.yaml"
    login = f', access_key: "{_OURS}", secret_key: "{_OURS}", agent_access_key: gcp-secret:a'
    login += ", agent_secret_key: gcp-secret:b"
    file.write_text(written_with({**FITS, "resource": GOOGLE, "login": login}))
    with pytest.raises(ConfigError, match="write what machines of Google read below gcp"):
        read(file)
