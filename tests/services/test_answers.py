"""What the cloud may answer, and what is written down of it: rules R6 and R8."""

from datetime import timedelta

from autoscaler.core.decisions import Cause
from autoscaler.core.ledger import Breaker, Phase, Ref, Unavailable
from autoscaler.ports import Answer, Known, Launched, Order, Throttled
from tests.services.line import nothing
from tests.services.scripts import FORBIDDEN, FULL, says, starts, times_out
from tests.services.stage import MINUTE, SECOND, Stage, offerings, resource

CLAIM = timedelta(seconds=75)
TWO = resource(offerings=offerings("small", "large"))


def test_a_refusal_of_the_first_call_goes_on_to_the_next_offering_at_once() -> None:
    stage = Stage(TWO)
    stage.cloud.answers.append(says(FULL))
    stage.enqueue()
    stage.play()
    assert [m.type for m in stage.cloud.living()] == ["large"]
    first, second = stage.cloud.calls
    assert (first.attempt, second.attempt) == (1, 2)
    assert first.token != second.token
    assert stage.launch().refused == ("small:on-demand: InsufficientInstanceCapacity",)


def test_r6_a_refusal_after_the_claim_of_an_ambiguous_call_settles_it() -> None:
    stage = Stage(TWO).unseen()
    stage.cloud.answers.extend([times_out, says(FULL)])
    stage.enqueue()
    stage.play()
    stage.minutes(2)
    assert [m.type for m in stage.cloud.living()] == ["large"]


def test_r6_a_late_refusal_settles_nothing_that_a_later_call_may_still_start() -> None:
    stage = Stage(TWO).unseen()

    def sleeps(_: Order) -> Answer:
        stage.clock.advance(CLAIM)
        stage.play()
        return FULL

    stage.cloud.answers.extend([sleeps, stage.cloud.lose])
    stage.enqueue()
    stage.play()
    assert stage.launch().unsettled
    stage.minutes(3)
    assert len(stage.cloud.living()) == 1


def test_r6_a_late_throttle_does_not_shorten_the_claim_of_a_later_call() -> None:
    stage = Stage().unseen()

    def sleeps(_: Order) -> Answer:
        stage.clock.advance(CLAIM)
        stage.play()
        return Throttled(after=0)

    stage.cloud.answers.extend([sleeps, stage.cloud.lose])
    stage.enqueue()
    stage.play()
    assert stage.launch().claim_until == stage.clock.now() + CLAIM


def test_a_throttled_call_is_made_again_when_it_is_due_and_no_sooner() -> None:
    stage = Stage()
    stage.cloud.answers.append(says(Throttled(after=90)))
    stage.enqueue()
    stage.play()
    assert stage.launch().claim_until is None
    stage.launcher(stage.launch().key)
    stage.play(89 * SECOND)
    assert len(stage.cloud.calls) == 1
    stage.play(2 * SECOND)
    first, second = stage.cloud.calls
    assert first == second
    assert len(stage.cloud.living()) == 1


def test_an_operators_mistake_on_the_first_call_is_told_and_stops_further_launches() -> None:
    stage = Stage()
    stage.cloud.answers.append(says(FORBIDDEN))
    stage.enqueue()
    stage.play()
    breaker = stage.state.read(Ref("breaker", "team/cpu"))
    assert isinstance(breaker, Breaker)
    assert breaker.reason == "UnauthorizedOperation: ask the owner"
    stage.play(MINUTE)
    assert stage.did_not(Cause.BREAKER_OPEN).remedy
    assert (len(stage.cloud.calls), stage.launch().state) == (1, "CLOSED")


def test_r6_an_operators_refusal_of_a_replay_proves_nothing_and_is_looked_after() -> None:
    stage = Stage(TWO).unseen()
    stage.cloud.answers.extend([stage.cloud.lose, says(FORBIDDEN)])
    stage.enqueue()
    stage.play()
    stage.minutes(2)
    assert (stage.launch().known, len(stage.cloud.calls)) == (True, 2)
    stage.cloud.lag = timedelta(0)
    stage.minutes(10)
    assert (len(stage.cloud.calls), len(stage.cloud.living())) == (2, 1)
    assert stage.phases() == [Phase.BOOTING]


def test_a_token_that_was_used_is_never_sent_again() -> None:
    stage = Stage(TWO).unseen()
    stage.cloud.answers.append(says(Known(detail="IdempotentInstanceTerminated")))
    stage.enqueue()
    stage.play()
    stage.minutes(4)
    assert len(stage.cloud.calls) == 1
    stage.minutes(1)  # the claim, then the look of 180 s
    stage.deliver()
    assert [order.attempt for order in stage.cloud.calls] == [1, 2]


def test_what_came_only_in_part_is_remembered_and_the_rest_asked_for_elsewhere() -> None:
    stage = Stage(TWO)
    stage.cloud.answers.append(starts(stage.cloud, 1))
    stage.enqueue(tasks=3)
    stage.play()
    assert sorted(m.type for m in stage.cloud.living()) == ["large", "large", "small"]
    assert [order.indexes for order in stage.cloud.calls] == [(0, 1, 2), (1, 2)]
    row = stage.state.read(Ref("unavailable", "team/cpu:small:on-demand"))
    assert isinstance(row, Unavailable)
    assert row.code == "1 of 3 came"


def test_an_offering_that_keeps_saying_no_is_left_alone_for_three_to_fifteen_minutes() -> None:
    stage = Stage()
    pauses = []
    for _ in range(4):
        stage.cloud.answers.append(says(FULL))
        stage.enqueue()
        stage.play()
        row = stage.state.read(Ref("unavailable", "team/cpu:small:on-demand"))
        assert isinstance(row, Unavailable)
        pauses.append((row.until - stage.clock.now()) / MINUTE)
        stage.clock.advance(row.until - stage.clock.now())
    assert pauses == [3, 6, 12, 15]


def test_an_answer_is_written_although_somebody_else_moved_the_launch() -> None:
    stage = Stage()
    launch = stage.order()

    def touch() -> None:
        stage.state.commit(put=[stage.launch()])

    # write ahead, bind, then the answer: refused twice before it is accepted
    stage.line.before("state.commit", nothing, nothing, touch, touch)
    stage.launcher(launch.key)
    assert not stage.launch().unsettled


def test_an_answer_that_nobody_lets_be_written_is_asked_for_again() -> None:
    stage = Stage().unseen()
    launch = stage.order()

    def touch() -> None:
        stage.state.commit(put=[stage.launch()])

    stage.line.before("state.commit", nothing, nothing, *[touch] * 5)
    stage.launcher(launch.key)
    assert stage.launch().unsettled
    stage.minutes(2)
    assert not stage.launch().unsettled
    assert len(stage.cloud.living()) == 1


def test_an_answer_for_an_attempt_that_is_over_is_dropped() -> None:
    stage = Stage(TWO)

    def sleeps(_: Order) -> Answer:
        stage.clock.advance(CLAIM)
        stage.play()  # the same call again is refused: the next offering is asked
        return Launched(machines=())

    stage.cloud.answers.extend([sleeps, says(FULL), times_out])
    stage.enqueue()
    stage.play()
    assert (stage.launch().attempt, stage.launch().unsettled) == (2, True)
