"""ClearML's own autoscaler on the stage: its code as it is, in the simulator's time."""

import os
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from autoscaler.simulate.calendar import Calendar
from autoscaler.simulate.models import Boot, Models
from autoscaler.simulate.stage import Stage
from autoscaler.simulate.workload import Task, workload
from autoscaler.world.cloud import Box
from tests.benchmarks.peer import DEFAULT, TUNED, Client, Driver, Peer
from tests.benchmarks.side_by_side import faults, spot
from tests.benchmarks.side_by_side.cases import Case, deployment
from tests.benchmarks.side_by_side.sides import play, served

pytestmark = [
    pytest.mark.slow,  # to import the SDK takes three seconds
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # the SDK's own
]


def stage(*tasks: tuple[float, float], models: Models | None = None) -> Stage:
    known = workload("story", [Task(str(n), "gpu", *task) for n, task in enumerate(tasks)])
    return Stage(deployment(("gpu",)), known, models or Models(Boot(180, 180)), guarded=False)


def peer(here: Stage) -> tuple[Peer, Driver]:
    driver = Driver(here)
    scaler = Peer(here.hub, Client(here), driver, DEFAULT, served(here.deployment))
    scaler.begin()
    return scaler, driver


def test_nothing_of_its_module_stays_replaced_and_nothing_of_the_environment() -> None:
    module: Any = import_module("clearml.automation.auto_scaler")
    before, environment = dict(vars(module)), dict(os.environ)
    here = stage((10, 60))
    scaler, _ = peer(here)
    here.advance(3600)
    scaler.end()
    assert type(scaler.scaler) is module.AutoScaler
    assert vars(module) == before
    assert module.time is time.time
    assert dict(os.environ) == environment
    assert "site-packages" in Path(module.__file__).parts


def test_it_polls_every_five_minutes_and_starts_one_machine_after_the_other() -> None:
    here = stage(*[(10, 600)] * 4)
    _, driver = peer(here)
    here.advance(299)
    assert driver.launches == []
    here.advance(301)
    assert driver.launches == [300 + 31.5 * number for number in range(4)]


def test_a_machine_without_work_goes_at_the_first_poll_after_a_quarter_of_an_hour() -> None:
    here = stage((10, 60))
    peer(here)
    here.advance(300 + 31.5 + 15 * 60)
    assert here.meter.living == 1
    here.advance(2 * 300)
    assert here.meter.living == 0


def test_a_spot_request_that_was_given_up_still_becomes_a_machine() -> None:
    market = Calendar({"a": [(0, False), (5000, True)]})
    zone = spot.deployment(("a",))
    known = workload("story", [Task("1", "gpu", 10, 60)])
    here = Stage(zone, known, Models(spot=market), guarded=False)
    driver = Driver(here)
    Peer(here.hub, Client(here), driver, TUNED, served(zone)).begin()
    here.advance(5000)
    assert driver.launches == []
    here.advance(3600)
    assert len(driver.launches) > 1


@pytest.mark.parametrize(
    ("scene", "ours", "theirs"),
    [
        pytest.param(faults.SCENES[0], 3, 6, id="an HTTP 500 makes it forget its machines"),
        pytest.param(faults.SCENES[1], 3, 6, id="two processes start everything twice"),
        pytest.param(faults.SCENES[3], 2, 2, id="an agent without work dies"),
        pytest.param(faults.SCENES[4], 3, 0, id="the second resource is never asked"),
    ],
)
def test_what_goes_wrong_once(scene: faults.Scene, ours: int, theirs: int) -> None:
    fault = faults.play(scene)
    assert (fault.ours.machines, fault.peer.machines) == (ours, theirs)
    assert (fault.ours.done, fault.ours.left) == (len(scene.tasks), 0)


def test_a_machine_whose_agent_died_is_never_stopped() -> None:
    fault = faults.play(faults.SCENES[3])
    assert (fault.ours.left, fault.peer.left) == (0, 1)


def test_an_image_that_never_registers_is_tried_again_and_again() -> None:
    fault = faults.play(faults.SCENES[2])
    assert fault.ours.machines < fault.peer.machines / 2


def test_the_same_case_comes_to_the_same() -> None:
    case = Case("burst100", 180, 1, "default")
    assert play(case) == play(case)


def test_both_sides_have_the_same_boots() -> None:
    """Three tasks at once: each waits for the poll, its launch and its boot, the seed's."""
    models = Models(Boot(180, 263))
    boots = [models.boot.draw(1, ordinal) for ordinal in (1, 2, 3)]
    here = stage(*[(10, 3600)] * 3, models=models)
    up: list[float] = []
    heard = here.agents.up

    def registered(box: Box) -> None:
        up.append(here.at - box.started)
        heard(box)

    here.agents.up = registered
    peer(here)
    here.advance(900)
    assert sorted(up) == pytest.approx(sorted(boots))
