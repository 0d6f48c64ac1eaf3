"""The end of a story: rows leave the table one margin after their end, whatever disturbs."""

from datetime import timedelta

import pytest

from autoscaler.core.ledger import Ref
from tests.services.line import CrashError, crash, nothing
from tests.services.stage import MINUTE, Stage

MARGIN = timedelta(seconds=180)


def over() -> Stage:
    """A launch and its machine, one tick before they leave the table."""
    stage = Stage()
    (row,) = stage.start()
    stage.agents.finish()
    stage.cloud.end(row.instance_id, "powered off")
    stage.play(MINUTE)
    (gone,) = stage.instances()
    stage.state.commit(put=[gone.model_copy(update={"settled": True})])
    return stage


def test_a_crash_anywhere_in_the_archiving_is_made_good_by_the_next_tick() -> None:
    for written in range(3):  # of machine, request and launch, behind claim, note and release
        stage = over()
        stage.line.before("state.commit", *[nothing] * (3 + written), crash)
        with pytest.raises(CrashError):
            stage.tick(MARGIN)
        stage.restart()
        stage.play(MINUTE)
        request = stage.state.read(Ref("request", "0" * 25 + "1.1"))
        assert (stage.instances(), stage.launches(), request) == ([], [], None)


def test_two_planners_that_archive_at_once_do_not_disturb_each_other() -> None:
    stage = over()
    rival = stage.another_poller("two")
    stage.line.before("state.commit", *[nothing] * 3, rival.tick)
    tick = stage.tick(MARGIN)
    assert (tick.skipped, stage.instances(), stage.launches()) == ("", [], [])
