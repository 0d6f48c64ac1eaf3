"""The startup script as text: the same each time, small enough, complete."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autoscaler.errors import ConfigError
from autoscaler.machine import pack
from autoscaler.machine.startup import StartupSpec, packed_script, render_startup, user_data
from autoscaler.machine.startup.script import EC2_LIMIT, GCE_LIMIT
from tests.machine.boot_bench import BootBench

PARTS = tuple(f"ssm:/clearml-autoscaler/team/guard/{part}" for part in range(4))
ROOM = 3_000  # bytes, packed, for an init script and more of clearml.conf
REALISTIC: dict[str, Any] = {
    "prefix": "team-gpu",
    "source": "ec2",
    "login": {
        "access_key": "secretsmanager:clearml/team/agents#access_key",
        "secret_key": "secretsmanager:clearml/team/agents#secret_key",
        "api_server": "https://api.clearml.example.com",
        "web_server": "https://app.clearml.example.com",
        "files_server": "https://files.clearml.example.com",
    },
    "docker": "nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04",
    "docker_arguments": ["--ipc=host", "--shm-size=8g"],
    "git": {"user": "machine-user", "password": "ssm:/clearml/team/git"},
    "storage": {"s3": [{"key": "AKIA0123456789ABCDEF", "secret": "ssm:/clearml/team/s3"}]},
    "registries": [{"address": "123456789012.dkr.ecr.eu-central-1.amazonaws.com"}],
    "environment": {"NCCL_DEBUG": "INFO", "PIP_INDEX_URL": "https://pypi.example.com/simple"},
    "guard_at": PARTS,
}
QUEUES = ("5e7b1f9a0c3d4e2f8a6b7c8d9e0f1a2b", "0a1b2c3d4e5f60718293a4b5c6d7e8f9")


def rendered(**changed: Any) -> str:
    spec = StartupSpec.model_validate({**REALISTIC, **changed})
    return render_startup(spec, resource="a10g", queue_ids=QUEUES)


def test_ec2_takes_it_and_has_room_for_more() -> None:
    assert len(user_data(rendered())) <= EC2_LIMIT - ROOM


def test_user_data_is_the_script_packed_only_where_it_must_be() -> None:
    text = rendered()
    assert gzip.decompress(user_data(text)).decode() == text
    assert user_data("#!/bin/sh\n") == b"#!/bin/sh\n"


GOOGLES: dict[str, Any] = {
    "source": "gce",
    "guard_at": [],
    "login": {
        "access_key": "gcp-secret:agent-key",
        "secret_key": "gcp-secret:agent-secret",
        "api_server": "https://api.clearml.example.com",
    },
    "git": {"password": "gcp-secret:git"},
    "storage": {},
    "registries": [{"address": "europe-west4-docker.pkg.dev"}],
}


def test_google_takes_it_with_the_guard_and_has_room_for_more() -> None:
    text = rendered(**GOOGLES)
    assert "/guard/main.py" in text
    assert len(packed_script(text)) <= GCE_LIMIT / 4


def test_what_google_does_not_take_is_told_with_the_remedy() -> None:
    script = "".join(f"{n * n * 7919:x}" for n in range(60_000))
    with pytest.raises(ConfigError, match="gcp-secret:NAME"):
        packed_script(rendered(**GOOGLES, init_script=script))


def test_the_packed_script_runs_the_other_one(tmp_path: Path) -> None:
    packed = packed_script('#!/bin/sh\necho "it runs in $PWD: \\$HOME `date`" > told\nexit 7\n')
    ran = subprocess.run(["sh", "-c", packed], cwd=tmp_path, check=False)  # noqa: S603, S607
    assert ran.returncode == 7
    assert (tmp_path / "told").read_text().startswith(f"it runs in {tmp_path}: $HOME ")


@pytest.mark.slow
def test_a_machine_boots_from_the_packed_script(tmp_path: Path) -> None:
    bench = BootBench(tmp_path)
    text = render_startup(bench.spec(), resource="cpu", queue_ids=["q1"])
    bench.run(packed_script(text))
    agents = bench.told("agent")
    assert agents
    assert agents[0]["env"]["CLEARML_WORKER_ID"].startswith("team:cpu:")


def test_a_packed_script_that_was_spoilt_turns_the_machine_off(tmp_path: Path) -> None:
    off = tmp_path / "shutdown"
    off.write_text("#!/bin/sh\necho off > off\n")
    off.chmod(0o755)
    head, mark, tail = packed_script("#!/bin/sh\necho on > on\n").partition('>"$script"\n')
    spoilt = f"{head}{mark}!{tail}"
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    ran = subprocess.run(  # noqa: S603  our own script
        ["sh", "-c", spoilt],  # noqa: S607
        cwd=tmp_path,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    assert 'boot-failed phase="script" reason="it could not be unpacked"' in ran.stdout
    assert (tmp_path / "off").exists()
    assert not (tmp_path / "on").exists()


@pytest.mark.parametrize("changed", [{}, {"guard_at": []}])
def test_the_same_arguments_give_the_same_bytes(changed: dict[str, Any]) -> None:
    """In another process, too: its hashes have another seed."""
    program = (
        "import sys; from tests.machine.test_startup_script import rendered;"
        f" sys.stdout.write(rendered(**{changed!r}))"
    )
    for seed in ("1", "2"):
        told = subprocess.check_output(  # noqa: S603 - a constant
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PATH": os.defpath},
            cwd=Path(__file__).parents[2],
        )
        assert told.decode() == rendered(**changed)
    assert user_data(rendered())[4:8] == bytes(4)  # gzip would write the time here


def test_what_does_not_fit_is_refused_with_its_size_and_a_remedy() -> None:
    noise = "".join(str(hash((seed, "noise"))) for seed in range(2_000))
    with pytest.raises(ConfigError) as refused:
        user_data(rendered(init_script=noise))
    (problem,) = refused.value.problems
    assert problem.field == "startup script"
    assert int(problem.value.split()[0]) > EC2_LIMIT
    assert "16384" in problem.remedy
    assert "ssm:/PATH" in problem.remedy


def test_it_is_ascii_and_every_line_of_a_program_is_where_it_was_written() -> None:
    text = rendered(prefix="é", guard_at=[])
    assert text.isascii()
    written = (Path(pack.__file__).parent / "boot" / "main.py").read_text().splitlines()
    sent, marks = text.splitlines(), ("class _Boot:", "    def ring(*_):")
    first, last = (sent.index(mark) for mark in marks)
    assert last - first == written.index("    def ring(*_: object) -> None:") - written.index(
        marks[0]
    )


@pytest.mark.slow
def test_a_guard_that_is_kept_apart_is_put_together_with_boot(tmp_path: Path) -> None:
    bench = BootBench(tmp_path)
    parts = [bench.secret(f"part{n}", text) for n, text in enumerate(pack.guard_parcel().parts())]
    said = bench.boot(bench.spec(guard_at=parts))
    assert len(parts) > 1
    assert "guard guard-started" in said
    assert bench.told("agent")
    assert bench.open_files() == [str(bench.folder / name) for name in ("ended", "guard")]


@pytest.mark.slow
@pytest.mark.parametrize("text", ["not base64!", "dGhlIHByb2dyYW0gb2YgYW5vdGhlcg=="])
def test_a_guard_that_is_not_ours_is_never_run(text: str, tmp_path: Path) -> None:
    bench = BootBench(tmp_path)
    said = bench.boot(bench.spec(guard_at=[bench.secret("part", text)]))
    assert 'phase="guard" reason="the stored guard is not the one that was ordered' in said
    assert len(bench.told("shutdown")) == 1


def test_the_guards_settings_are_those_of_any_machine() -> None:
    """As `layout` writes them for compute `process`, and what only a cloud's machine needs."""
    line = next(one for one in rendered().splitlines() if one.startswith('{"startup"'))
    guard = json.loads(line)["startup"]["guard"]
    of_a_process = {"worker", "queues", "agents", "poll", "probe", "freeze", "again", "restart"}
    of_a_process |= {"boot", "idle", "life", "containers", "scratch"}
    assert guard.keys() == of_a_process | {"source", "metadata", "keeper", "power_off"}
    assert guard["queues"] == [*QUEUES]
    assert (guard["boot"], guard["idle"], guard["life"]) == (600, 3600, 0)
