"""A login that is replaced while the machine runs: the guard and its agents take the new one."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscaler.adapters.local.processes.folders import MachineFolder
from autoscaler.machine.guard import login as logins
from autoscaler.machine.guard.login import Login
from autoscaler.world.clearml import Status
from tests.machine.guard_bench import GuardBench, agents_of, log_of, says
from tests.machine.process_bench import eventually
from tests.machine.unit_bench import Units

REFRESH = """
import shutil
def refresh(folder):
    with (folder / "refreshed").open("a") as told:
        told.write("x")
    shutil.copy(str(folder / "secret"), str(folder / "login.json"))
"""
ALIVE = 0


@pytest.fixture
def keeping(bench: GuardBench) -> GuardBench:
    """The guard's file fetches secrets from a file beside login.json."""
    with zipfile.ZipFile(bench.program) as pack:
        files = {name: pack.read(name).decode() for name in pack.namelist()}
    with zipfile.ZipFile(bench.program, "w") as pack:
        for name, text in {**files, "autoscaler/machine/boot/secrets.py": REFRESH}.items():
            pack.writestr(name, text)
    return bench


@pytest.fixture
def units(keeping: GuardBench) -> Iterator[Units]:
    yield Units(keeping)
    keeping.clean_up()


def rotate(bench: GuardBench, machine: MachineFolder) -> str:
    """Another key, whose secret this is. Agents' tokens outlive the old one, the guard's do not.

    Until it is `renewed`: an answer that comes late, or not at all, must not be the only one.
    """
    users, old = bench.standin.world.users, bench.standin.credentials
    new = users.give_key(bench.standin.world.user)
    login = {
        "CLEARML_API_ACCESS_KEY": new.access_key,
        "CLEARML_API_SECRET_KEY": new.secret_key,
    }
    (machine.path / "secret").write_text(json.dumps(login))
    (machine.path / "startup.json").write_text("{}")
    users.revoke_key(old.access_key)
    bench.standin.faults.add(match="workers.get_all", status=401)  # only the guard asks that
    return new.secret_key


def renewed(bench: GuardBench, machine: MachineFolder) -> bool:
    seen = says(machine, "login-renewed")
    bench.standin.faults.clear()
    return seen


def until(path: Path) -> str:
    """A task that ends when this file exists."""
    return f"import os, time\nwhile not os.path.exists({str(path)!r}): time.sleep(0.02)"


@pytest.mark.slow
@pytest.mark.parametrize("keeper", ["processes", "systemd"])
def test_idle_agents_start_anew_with_the_login_that_was_fetched(
    keeper: str, keeping: GuardBench, request: pytest.FixtureRequest
) -> None:
    bench = keeping
    if keeper == "systemd":
        machine, guard = request.getfixturevalue("units").running(slots=2)
    else:
        machine, guard = bench.running(slots=2)
    secret = rotate(bench, machine)
    assert renewed(bench, machine)
    eventually(lambda: log_of(machine).count("agent-started") == 4)
    assert "agent-died" not in log_of(machine)
    task = bench.submit("pass")
    eventually(lambda: bench.task(task).status is Status.COMPLETED)
    eventually(bench.rests)
    bench.standin.world.users.revoke_tokens()
    machine.order("n1")
    assert guard.wait(15) == ALIVE
    assert secret not in log_of(machine)


@pytest.mark.slow
def test_an_agent_that_works_keeps_its_login_until_its_task_has_ended(
    keeping: GuardBench, tmp_path: Path
) -> None:
    bench = keeping
    machine, _ = bench.running(slots=2)
    pair = agents_of(machine)
    bench.submit(until(tmp_path / "may-end"))
    working = eventually(lambda: [agent for agent in pair if agent.children()])[0]
    (idle,) = [agent for agent in pair if agent != working]
    rotate(bench, machine)
    assert renewed(bench, machine)
    eventually(lambda: idle not in agents_of(machine))
    eventually(lambda: log_of(machine).count("agent-started") == 3)
    assert working in agents_of(machine)
    (tmp_path / "may-end").touch()
    eventually(lambda: working not in agents_of(machine))
    assert "agent-died" not in log_of(machine)


@pytest.mark.slow
def test_a_login_that_stays_refused_is_not_fetched_with_every_call(keeping: GuardBench) -> None:
    bench = keeping
    machine, _ = bench.running()
    bench.standin.world.users.revoke_tokens()
    (machine.path / "login.json").write_text("{}")
    rotate(bench, machine)
    (machine.path / "secret").write_text("{}")
    eventually(lambda: log_of(machine).count("clearml-unreachable") > 5)
    assert (machine.path / "refreshed").read_text() == "x"
    assert log_of(machine).count("login-refused") == 1
    assert machine.ended is None


@pytest.mark.slow
def test_without_anything_that_fetches_secrets_the_guard_goes_on(bench: GuardBench) -> None:
    machine, _ = bench.running()
    bench.standin.world.users.revoke_tokens()
    rotate(bench, machine)
    assert says(machine, "login-refused")
    eventually(lambda: "clearml-unreachable" in log_of(machine))
    assert machine.ended is None


def test_a_file_is_laid_over_the_environment(tmp_path: Path) -> None:
    (tmp_path / "login.json").write_text('{"CLEARML_API_ACCESS_KEY": "new"}')
    old = {"CLEARML_API_ACCESS_KEY": "old", "PATH": "/bin"}
    assert Login(tmp_path, old).environment == {"CLEARML_API_ACCESS_KEY": "new", "PATH": "/bin"}


def test_another_login_is_told_once(tmp_path: Path) -> None:
    login = Login(tmp_path, {})
    (tmp_path / "login.json").write_text('{"CLEARML_API_ACCESS_KEY": "new"}')
    assert login.renew() == {"CLEARML_API_ACCESS_KEY": "new"}
    assert login.renew() is None
    assert login.renewals == 1


def test_what_fetches_secrets_is_where_the_startup_script_keeps_it() -> None:
    assert logins.SECRETS == "autoscaler.machine.boot.secrets"
