"""The process dies before every single write of a story, and the story ends well all the same.

A crash behind a write, or at a read, is the crash before the next write: in between, nothing
leaves the process.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from autoscaler.adapters.memory.state import MemoryState
from autoscaler.core.ledger import Phase
from autoscaler.ports import Answer, Order
from autoscaler.world.clearml.model import Status
from tests.services.line import CrashError
from tests.services.scripts import FULL, says, starts
from tests.services.stage import MINUTE, SECOND, Stage, offerings, resource

pytestmark = pytest.mark.slow

LIMITED = resource(
    max_instances=2,
    max_idle=MINUTE,
    max_spin_up=5 * MINUTE,
    margin=MINUTE,
    offerings=offerings("small", "large", "huge"),
)
STEPS = 40
WRITES = {"state.commit", "topic.publish", "cloud.launch", "cloud.drain", "cloud.terminate"}


class Watch:
    """What must hold at every instant, asserted after each write."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def __call__(self) -> None:
        stage = self._stage
        if stage.line.calls[-1] not in WRITES:
            return
        living = stage.cloud.living()
        assert len(living) <= LIMITED.max_instances
        assert len(living) <= len([row for row in stage.instances() if row.phase != Phase.GONE])
        assert set(stage.agents.hands) <= {machine.worker for machine in living}


@contextmanager
def survived(stage: Stage) -> Iterator[None]:
    """What goes on after a crash: the world, the table, and services that know nothing."""
    try:
        yield
    except CrashError:
        stage.restart()


def in_parts(stage: Stage) -> None:
    """One machine from the first offering, none from the second, one from the third."""
    stage.cloud.answers.extend([starts(stage.cloud, 1), says(FULL)])


def unanswered(stage: Stage) -> None:
    """A call that nobody answers, and guards that do not either."""
    stage.cloud.answers.append(stage.cloud.lose)
    stage.cloud.guard_answers = False
    stage.cloud.lag = 90 * SECOND


def dying(stage: Stage) -> None:
    """A machine that ends as soon as it was asked for; and an order split by small commits."""
    stage.state = MemoryState(limit=4)
    stage.rewire()

    def dies(order: Order) -> Answer:
        answer = stage.cloud.start(order)
        stage.cloud.end(answer.machines[0].instance_id, "reclaimed")
        return answer

    stage.cloud.answers.append(dies)


Story = Callable[[Stage], None]


def played(story: Story, crash_at: int | None = None) -> Stage:
    stage = Stage(LIMITED)
    story(stage)
    stage.line.watch = Watch(stage)
    stage.line.crash_at = crash_at
    play(stage)
    return stage


def play(stage: Stage) -> None:
    """Three tasks for two machines; agents that come up, pull, work and end in a step each."""
    stage.enqueue(tasks=3)
    for _ in range(STEPS):
        with survived(stage):
            stage.play(MINUTE)
        stage.agents.finish()
        stage.agents.register()
        stage.agents.work()
        if ended(stage):
            return


def ended(stage: Stage) -> bool:
    """Every task is done, no machine lives, and the table tells of none."""
    done = {task.status for task in stage.clearml.tasks.all()} == {Status.COMPLETED}
    return done and not (stage.cloud.living() or stage.instances() or stage.launches())


@pytest.mark.parametrize("story", [in_parts, unanswered, dying])
def test_a_crash_before_any_write_doubles_nothing_loses_nothing_and_leaves_nothing(
    story: Story,
) -> None:
    undisturbed = played(story)
    assert ended(undisturbed)
    writes = [n for n, call in enumerate(undisturbed.line.calls) if call in WRITES]
    assert [n for n in writes if not ended(played(story, crash_at=n))] == []
