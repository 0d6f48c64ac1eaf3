"""The quick parts of `make e2e-machine`, and what each part calls a broken promise."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.machine.leaks import COPIES, MUST_HOLD, search, secrets
from tests.e2e.machine.promises import broken
from tests.e2e.machine.role import metadata

SECRET = "a-secret-word"
BACK: dict[str, Any] = {
    "ticks": 2,
    "seconds": 3.0,
    "position": 0,
    "behind": 1,
    "reason": "its machine i-1 was lost (reclaimed by the cloud)",
    "enqueued_again": 1,
    "fronted": 1,
    "workers": 2,
    "ended": 1,
}
KEPT: dict[str, Any] = {
    "enqueued_again": 0,
    "ended": 1,
    "completed": True,
    "machine": "it powered itself off",
}
WORN: dict[str, Any] = {
    "most": 1,
    "machines": 2,
    "enqueued_again": 1,
    "reason": "its machine i-2 was lost (power failure)",
}


def say(words: str) -> None:
    print(words)


@pytest.mark.e2e
@pytest.mark.timeout(180)
def test_no_secret_is_written_where_it_need_not_be(tmp_path: Path) -> None:
    assert secrets(tmp_path, say)["broken"] == []


@pytest.mark.e2e
@pytest.mark.timeout(180)
def test_a_task_in_a_container_gets_neither_the_role_nor_the_host(tmp_path: Path) -> None:
    assert metadata(tmp_path, say)["broken"] == []


@pytest.mark.parametrize(
    ("case", "facts"),
    [
        pytest.param("spot-notice", BACK, id="a task that comes back at once, to the front"),
        pytest.param("popped", {**BACK, "ticks": 60, "seconds": 125}, id="a pop waits longer"),
        pytest.param("guard-of-systemd", KEPT, id="a task that its guard's death does not touch"),
        pytest.param("worn-out", WORN, id="a task that fails with its last machine"),
    ],
)
def test_a_promise_is_kept_by(case: str, facts: dict[str, Any]) -> None:
    assert broken({case: facts}) == []


@pytest.mark.parametrize(
    ("case", "facts", "words"),
    [
        pytest.param("power-loss", {**BACK, "ticks": 3}, "in time", id="a third tick"),
        pytest.param("popped", {**BACK, "seconds": 131}, "in time", id="a long doubt"),
        pytest.param("preempted", {**BACK, "position": 1}, "first", id="a place behind others"),
        pytest.param("preempted", {**BACK, "behind": 0}, "first", id="an empty queue"),
        pytest.param("spot-notice", {**BACK, "enqueued_again": 2}, "once", id="two returns"),
        pytest.param("spot-notice", {**BACK, "reason": "pulled"}, "reason", id="a bare reason"),
        pytest.param("spot-notice", {**BACK, "workers": 1}, "elsewhere", id="the same machine"),
        pytest.param("spot-notice", {**BACK, "ended": 2}, "only once", id="two ends"),
        pytest.param("spot-notice", {"late": "no return"}, "no return", id="no return at all"),
        pytest.param(
            "guard-of-systemd",
            {**KEPT, "enqueued_again": 1},
            "not enqueued",
            id="a needless return",
        ),
        pytest.param("guard-alone", KEPT, "terminated", id="an end that nobody can have made"),
        pytest.param("worn-out", {**WORN, "enqueued_again": 2}, "allowed", id="a return too many"),
        pytest.param("worn-out", {**WORN, "reason": ""}, "names", id="a failure without a reason"),
    ],
)
def test_a_promise_is_broken_by(case: str, facts: dict[str, Any], words: str) -> None:
    (told,) = broken({case: facts})
    assert words in told


@pytest.mark.parametrize(
    ("path", "mode", "allowed"),
    [
        *(pytest.param(path, 0o600, True, id=f"{path}, closed") for path in MUST_HOLD),
        pytest.param(MUST_HOLD[0], 0o640, False, id="one that a group may read"),
        pytest.param("console", 0o600, False, id="the console, for nobody's eyes even"),
        pytest.param(
            COPIES.replace("*", "x"), 0o644, True, id="the agent's copy, in a closed room"
        ),
    ],
)
def test_where_a_secret_may_be(path: str, mode: int, allowed: bool, tmp_path: Path) -> None:
    file = tmp_path / "site" / "i-1" / path
    file.parent.mkdir(parents=True, mode=0o700)
    file.write_text(f"password: {SECRET}\n")
    file.chmod(mode)
    (found,) = search(tmp_path, {"git": SECRET})
    assert (found.secret, found.path, found.allowed) == ("git", path, allowed)


def test_the_agents_copy_in_an_open_room_is_a_leak(tmp_path: Path) -> None:
    file = tmp_path / "site" / "i-1" / COPIES.replace("*", "x")
    file.parent.mkdir(parents=True)
    file.parent.chmod(0o755)
    file.write_text(SECRET)
    assert [found.allowed for found in search(tmp_path, {"git": SECRET})] == [False]


def test_a_secret_in_base64_is_found(tmp_path: Path) -> None:
    (tmp_path / "told").write_bytes(b64encode(SECRET.encode()))
    (tmp_path / "else").write_text("nothing")
    assert [found.path for found in search(tmp_path, {"git": SECRET})] == ["told"]
