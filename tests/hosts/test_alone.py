"""One process scales a deployment, on the table that it opened."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from autoscaler.errors import ConfigError, Problem
from autoscaler.services.poll import Tick
from tests.hosts.lab import HostLab


def problem(told: pytest.ExceptionInfo[ConfigError]) -> Problem:
    (only,) = told.value.problems
    return only


def test_another_table_is_no_way_around_the_first_one(lab: HostLab) -> None:
    with (
        lab.host().alone(),
        pytest.raises(ConfigError) as told,
        lab.host("other.db").alone(),
    ):
        pass
    assert problem(told).field == "workdir"
    assert "name another workdir" in problem(told).remedy


def test_nor_is_a_table_that_was_removed_with_its_lock(lab: HostLab) -> None:
    first = lab.host()
    with first.alone():
        assert not first.state.live()
        for path in lab.folder.glob("autoscaler.db*[!l]"):
            path.unlink()
        with pytest.raises(ConfigError) as told, lab.host().alone():
            pass
    assert problem(told).field == "workdir"


def test_one_after_the_other_is_fine(lab: HostLab) -> None:
    with lab.host().alone():
        pass
    host = lab.host("other.db")
    with host.alone(), host.alone():
        pass
    with lab.host().alone():
        pass


def test_a_workdir_that_cannot_be_made_is_told(lab: HostLab) -> None:
    (lab.folder / ".autoscaler").touch()
    with pytest.raises(ConfigError) as told, lab.host().alone():
        pass
    assert problem(told).field == "workdir"


def test_nobody_makes_a_new_table_while_somebody_scales(lab: HostLab) -> None:
    with lab.host("other.db").alone():
        with pytest.raises(ConfigError) as told:
            _ = lab.host().state
        assert problem(told).field == "workdir"
        assert not (lab.folder / "autoscaler.db").exists()
    assert not lab.host().state.live()


def removed(path: Path) -> None:
    path.unlink()


def replaced(path: Path) -> None:
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)


@pytest.mark.parametrize("spoil", [removed, replaced])
def test_a_table_that_is_not_the_same_any_more_ends_it(
    lab: HostLab, spoil: Callable[[Path], None]
) -> None:
    host = lab.host()
    ticks: list[Tick] = []

    def heard(tick: Tick) -> None:
        ticks.append(tick)
        spoil(host.config.state)

    with pytest.raises(ConfigError) as told:
        host.run(Event(), on_tick=heard, on_error=lab.errors.append)
    assert (len(ticks), problem(told).field) == (1, "state")
    assert "its machines live on and will be adopted" in problem(told).remedy
