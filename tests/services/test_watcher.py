"""The watcher: what a cloud says by itself is noted where it helps, and believed nowhere."""

from datetime import datetime, timedelta

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.fleet import Offering
from autoscaler.core.ledger import Instance, Phase, Unavailable
from autoscaler.errors import UnavailableError
from autoscaler.ports import CloudEvent
from autoscaler.services.watch import Watcher
from autoscaler.world.clearml import Status
from tests.services.line import CrashError, crash
from tests.services.stage import MINUTE, SECOND, Stage, deployment, resource

NOTICE = 2 * MINUTE


def event(stage: Stage, kind: str, instance_id: str, **changes: object) -> CloudEvent:
    values = {
        "kind": kind,
        "compute": "cloud",
        "instance_id": instance_id,
        "detail": "spot interruption",
        "at": stage.clock.now() + NOTICE,
    }
    return CloudEvent.model_validate(values | changes)


def tell(stage: Stage, kind: str, instance_id: str, **changes: object) -> None:
    watcher = Watcher(stage.deployment, stage.ports)
    watcher(event(stage, kind, instance_id, **changes))


def pokes(stage: Stage) -> list[str]:
    """The reasons of the pokes that are under way."""
    return [m.reason for m in stage.topic.receive(stage.clock.now()) if m.kind == "poke"]


def working() -> tuple[Stage, Instance]:
    """One machine with a task."""
    stage = Stage(resource(max_instances=2))
    (row,) = stage.start()
    return stage, row


def idle() -> tuple[Stage, Instance]:
    stage, row = working()
    stage.agents.finish()
    stage.play(MINUTE)
    return stage, stage.instance(row.key)


def test_a_notice_is_written_on_the_row_of_its_machine_and_told() -> None:
    stage, row = working()
    tell(stage, "notice", row.instance_id)
    noted = stage.instance()
    assert noted.reclaim_at == stage.clock.now() + NOTICE
    assert (noted.phase, noted.revision) == (Phase.UP, row.revision + 1)
    told = stage.told(row.key)[-1]
    assert (told.by, told.event, told.reason) == ("watcher", "UP", noted.reason)
    assert noted.reason == f"its cloud takes it back at {noted.reclaim_at:%X} (spot interruption)"


ZONES = tuple(Offering(type="small", zone=zone, market="spot") for zone in "xy")


def refusals(stage: Stage) -> list[str]:
    return [row.key for row in stage.state.live() if isinstance(row, Unavailable)]


def test_a_zone_that_takes_a_spot_machine_back_is_not_asked_for_another() -> None:
    stage = Stage(resource(max_instances=3, offerings=ZONES))
    (row,) = stage.start()
    assert row.zone == "x"
    tell(stage, "notice", row.instance_id)
    stage.enqueue(tasks=1)
    stage.play(SECOND)
    new = next(each for each in stage.instances() if each.key != row.key)
    assert new.zone == "y"
    assert refusals(stage) == ["team/cpu:small:x:spot"]


@pytest.mark.parametrize(
    ("offerings", "later"),
    [
        pytest.param(ZONES[1:], SECOND, id="its zone left the configuration"),
        pytest.param(ZONES, 3 * MINUTE, id="it should have gone before"),
    ],
)
def test_of_another_one_nothing_is_learned(
    offerings: tuple[Offering, ...], later: timedelta
) -> None:
    stage = Stage(resource(max_instances=3, offerings=ZONES))
    (row,) = stage.start()
    tell(stage, "notice", row.instance_id)
    stage.deployment = deployment(resource(max_instances=3, offerings=offerings))
    stage.rewire()
    stage.tick(later)
    assert not refusals(stage)


@pytest.mark.parametrize("kind", ["notice", "ended"])
def test_every_event_of_a_machine_of_ours_wakes_the_poller(kind: str) -> None:
    stage, row = working()
    pokes(stage)
    tell(stage, kind, row.instance_id)
    (reason,) = pokes(stage)
    assert reason.startswith(f"its cloud says that {row.instance_id} ")


def test_an_end_that_only_an_event_tells_changes_no_row() -> None:
    stage, row = working()
    rows = stage.state.live()
    tell(stage, "ended", row.instance_id)
    assert stage.state.live() == rows


def test_an_end_that_the_listing_proves_is_seen_by_the_tick_that_the_poke_wakes() -> None:
    stage, row = working()
    stage.cloud.end(row.instance_id, "reclaimed")
    tell(stage, "ended", row.instance_id)
    stage.play(SECOND)
    assert stage.instance().phase == Phase.GONE


@pytest.mark.parametrize(
    ("instance_id", "compute"),
    [
        pytest.param("i-forged", "cloud", id="a machine that nobody knows"),
        pytest.param("", "cloud", id="no machine at all"),
        pytest.param(None, "other", id="another compute's machine of that name"),
    ],
)
@pytest.mark.parametrize("kind", ["notice", "ended"])
def test_what_is_said_of_a_machine_that_is_not_ours_is_written_nowhere_and_wakes_nobody(
    kind: str, instance_id: str | None, compute: str
) -> None:
    stage, row = working()
    stage.enqueue(tasks=2)
    stage.tick(MINUTE)  # there is a row now that names no machine yet
    rows = stage.state.live()
    pokes(stage)
    mine = row.instance_id if instance_id is None else instance_id
    tell(stage, kind, mine, compute=compute)
    assert stage.state.live() == rows
    assert not pokes(stage)


def test_a_notice_of_a_machine_that_is_gone_is_written_nowhere() -> None:
    stage, row = working()
    stage.cloud.end(row.instance_id, "reclaimed")
    stage.play(MINUTE)
    rows = stage.state.live()
    tell(stage, "notice", row.instance_id)
    assert stage.state.live() == rows


def test_a_notice_that_comes_twice_is_written_once() -> None:
    stage, row = working()
    tell(stage, "notice", row.instance_id)
    rows = stage.state.live()
    tell(stage, "notice", row.instance_id, at=stage.clock.now() + 3 * MINUTE)
    assert stage.state.live() == rows


def test_a_notice_that_comes_a_week_late_is_written_nowhere() -> None:
    stage, row = working()
    at = stage.clock.now() - timedelta(days=7)
    tell(stage, "notice", row.instance_id, at=at)
    assert stage.instance().reclaim_at is None


def touch(stage: Stage) -> None:
    stage.state.commit(put=[stage.instance()])


def test_a_row_that_somebody_moved_meanwhile_is_read_again() -> None:
    stage, row = working()
    stage.line.before("state.commit", lambda: touch(stage))
    tell(stage, "notice", row.instance_id)
    assert stage.instance().reclaim_at


def test_a_row_that_never_stands_still_is_left_to_the_tick() -> None:
    stage, row = working()
    pokes(stage)
    stage.line.before("state.commit", *[lambda: touch(stage)] * 9)
    tell(stage, "notice", row.instance_id)
    assert stage.instance().reclaim_at is None
    assert len(pokes(stage)) == 1


@pytest.mark.parametrize("call", ["state.live", "state.commit", "topic.publish"])
def test_a_crash_anywhere_is_made_good_by_the_next_delivery(call: str) -> None:
    stage, row = working()
    pokes(stage)
    stage.line.before(call, crash)
    with pytest.raises(CrashError):
        tell(stage, "notice", row.instance_id)
    tell(stage, "notice", row.instance_id)
    assert stage.instance().reclaim_at
    assert len(pokes(stage)) == 1


def test_a_poke_that_cannot_be_published_is_tried_again_by_whoever_delivers() -> None:
    stage, row = working()

    def refuse() -> None:
        raise UnavailableError("Publish was not answered")

    stage.line.before("topic.publish", refuse)
    with pytest.raises(UnavailableError):
        tell(stage, "notice", row.instance_id)


# --- what becomes of the machine --------------------------------------------------------------


def test_an_idle_machine_with_a_notice_is_let_go_at_once() -> None:
    stage, row = idle()
    tell(stage, "notice", row.instance_id)
    stage.tick(SECOND)
    leaving = stage.instance()
    assert (leaving.phase, stage.did(Cause.RECLAIMED).instance) == (Phase.DRAINING, row.key)
    assert leaving.drain_reason == f"its cloud takes it back at {leaving.reclaim_at:%X}"


def test_waiting_tasks_get_another_machine_before_the_end_within_the_maximum() -> None:
    stage, row = idle()
    tell(stage, "notice", row.instance_id)
    stage.enqueue(tasks=2)
    stage.play(SECOND)
    new = [each for each in stage.instances() if each.key != row.key]
    assert len(new) == 1  # of at most 2: the row counts until its end is proved
    assert stage.did_not(Cause.RESOURCE_MAX).count == 1


def test_a_busy_machine_stays_and_its_task_comes_back_when_the_end_is_proved() -> None:
    stage, row = working()
    (task,) = stage.agents.running.values()
    tell(stage, "notice", row.instance_id)
    stage.play(SECOND)
    assert stage.did_not(Cause.BUSY).instance == row.key
    stage.cloud.end(row.instance_id, "reclaimed")
    stage.play(NOTICE)
    assert stage.clearml.tasks.get(task).status is Status.QUEUED
    assert stage.waiting() == 1


def test_a_machine_that_outlives_its_notice_for_long_is_counted_on_again() -> None:
    stage, row = working()
    tell(stage, "notice", row.instance_id)
    at: datetime = stage.instance().reclaim_at or stage.clock.now()
    stage.minutes(16)
    stage.agents.finish()
    stage.play(at + 15 * MINUTE - stage.clock.now())
    stage.enqueue()
    stage.play(SECOND)
    assert [each.key for each in stage.instances()] == [row.key]
    assert Cause.COVERED in stage.causes()
    tell(stage, "notice", row.instance_id)
    assert stage.instance().reclaim_at == stage.clock.now() + NOTICE
