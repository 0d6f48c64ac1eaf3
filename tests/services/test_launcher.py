"""Write ahead, call once, write the answer down: rules R1 and R5 to R8."""

from datetime import timedelta

from autoscaler.core.decisions import Cause
from autoscaler.core.ledger import Breaker, Launch, Phase, Ref, Request, Unavailable
from autoscaler.ports import Answer, Known, Launched, Order, Throttled
from autoscaler.services.launch import Launcher
from tests.services.line import CrashError, crash, nothing
from tests.services.scripts import FORBIDDEN, FULL, says, starts, times_out
from tests.services.stage import MINUTE, SECOND, Stage, offerings, resource

CLAIM = timedelta(seconds=75)
TWO = resource(offerings=offerings("small", "large"))


def unseen(stage: Stage) -> Stage:
    """Nobody finds a machine by looking: only the answers tell of it."""
    stage.cloud.lag = timedelta(days=1)
    return stage


def ordered(stage: Stage, tasks: int = 1) -> Launch:
    """A launch that nobody has called the cloud for."""
    stage.enqueue(tasks=tasks)
    stage.tick()
    return stage.launch()


def call(stage: Stage, launch: Launch) -> None:
    """The launcher runs, and may die."""
    try:
        stage.launcher(launch.key)
    except CrashError:
        stage.restart()


def test_r1_and_r5_everything_a_retry_needs_stands_in_the_table_before_the_call() -> None:
    stage = Stage()
    found: list[tuple[Launch, Request]] = []

    def look(order: Order) -> Answer:
        request = stage.state.read(Ref("request", f"{order.launch}.1"))
        assert isinstance(request, Request)
        found.append((stage.launch(), request))
        assert stage.phases() == [Phase.REQUESTED] * 2
        return stage.cloud.start(order)

    stage.cloud.answers.append(look)
    stage.enqueue(tasks=2)
    stage.play()
    ((launch, request),) = found
    assert (launch.attempt, launch.asked, launch.offering) == (1, ((0, 1),), "small:on-demand")
    assert (launch.unsettled, launch.claim_until) == (True, stage.clock.now() + CLAIM)
    assert (launch.token, request.body) == (stage.cloud.calls[0].token, stage.cloud.requests[0])


def test_r5_a_crash_before_the_write_ahead_has_called_nobody() -> None:
    stage = unseen(Stage())
    launch = ordered(stage)
    stage.line.before("state.commit", crash)
    call(stage, launch)
    assert (stage.launch().attempt, stage.cloud.calls) == (0, [])
    stage.play(MINUTE)
    assert len(stage.cloud.living()) == 1


def test_r5_a_crash_between_write_ahead_and_call_is_taken_up_when_the_claim_is_over() -> None:
    stage = unseen(Stage())
    launch = ordered(stage)
    stage.line.before("cloud.launch", crash)
    call(stage, launch)
    stage.play(MINUTE)
    assert stage.cloud.calls == []
    stage.play(MINUTE)
    assert len(stage.cloud.living()) == len(stage.cloud.calls) == 1


def test_r5_a_write_ahead_whose_answer_was_lost_counts_as_written() -> None:
    stage = unseen(Stage())
    launch = ordered(stage)
    stage.line.after("state.commit", crash)
    call(stage, launch)
    assert (stage.launch().attempt, stage.launch().unsettled) == (1, True)
    stage.minutes(2)
    assert [order.attempt for order in stage.cloud.calls] == [1]


def test_r6_after_a_crash_behind_the_call_the_same_bytes_start_nothing_new() -> None:
    stage = unseen(Stage())
    launch = ordered(stage, tasks=2)
    stage.line.after("cloud.launch", crash)
    call(stage, launch)
    assert stage.phases() == [Phase.REQUESTED] * 2
    stage.minutes(2)
    first, second = stage.cloud.calls
    assert (first, stage.cloud.requests[0]) == (second, stage.cloud.requests[1])
    assert stage.line.calls.count("cloud.render") == 1
    assert (len(stage.cloud.living()), stage.phases()) == (2, [Phase.BOOTING] * 2)


def test_r6_an_ambiguous_answer_is_asked_again_with_the_same_token_after_the_claim() -> None:
    stage = unseen(Stage(TWO))
    stage.cloud.answers.append(stage.cloud.lose)
    stage.enqueue()
    stage.play()
    stage.play(MINUTE)
    assert len(stage.cloud.calls) == 1
    stage.play(15 * SECOND)
    assert len({order.token for order in stage.cloud.calls}) == 1
    assert len(stage.cloud.calls) == 2
    assert len(stage.cloud.living()) == 1


def test_r6_what_an_operator_changed_meanwhile_does_not_change_a_retry() -> None:
    stage = unseen(Stage())
    stage.cloud.answers.append(times_out)
    stage.enqueue()
    stage.play()
    stage.restart(Stage(resource(offerings=offerings("dear"))).deployment)
    stage.minutes(2)
    assert [order.offering for order in stage.cloud.calls] == ["small:on-demand"] * 2
    assert stage.cloud.requests[0] == stage.cloud.requests[1]


def test_r7_nobody_else_calls_while_a_call_is_under_way() -> None:
    stage = Stage()

    def meanwhile(order: Order) -> Answer:
        Launcher(stage.deployment, stage.ports)(order.launch)
        return stage.cloud.start(order)

    stage.cloud.answers.append(meanwhile)
    stage.enqueue()
    stage.play()
    assert len(stage.cloud.calls) == 1


def test_r7_of_two_launchers_that_write_ahead_at_once_one_calls() -> None:
    stage = Stage()
    launch = ordered(stage)
    stage.line.before("state.commit", lambda: Launcher(stage.deployment, stage.ports)(launch.key))
    stage.launcher(launch.key)
    assert len(stage.cloud.calls) == len(stage.cloud.living()) == 1


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
    stage = unseen(Stage(TWO))
    stage.cloud.answers.extend([times_out, says(FULL)])
    stage.enqueue()
    stage.play()
    stage.minutes(2)
    assert [m.type for m in stage.cloud.living()] == ["large"]


def test_r6_a_late_refusal_settles_nothing_that_a_later_call_may_still_start() -> None:
    stage = unseen(Stage(TWO))

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
    stage = unseen(Stage())

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
    stage = unseen(Stage(TWO))
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
    stage = unseen(Stage(TWO))
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


def test_r5_a_stored_request_that_was_edited_is_not_sent() -> None:
    stage = unseen(Stage())
    stage.cloud.answers.append(times_out)
    stage.enqueue()
    stage.play()
    request = stage.state.read(Ref("request", f"{stage.launch().key}.1"))
    assert isinstance(request, Request)
    stage.state.commit(put=[request.model_copy(update={"body": "a crypto miner"})])
    stage.minutes(4)
    assert len(stage.cloud.calls) == 1
    stage.minutes(2)  # the look has settled it, and a new attempt renders a request of its own
    assert [order.attempt for order in stage.cloud.calls] == [1, 2]
    assert stage.phases() == [Phase.BOOTING]


def test_an_answer_is_written_although_somebody_else_moved_the_launch() -> None:
    stage = Stage()
    launch = ordered(stage)

    def touch() -> None:
        stage.state.commit(put=[stage.launch()])

    # write ahead, bind, then the answer: refused twice before it is accepted
    stage.line.before("state.commit", nothing, nothing, touch, touch)
    stage.launcher(launch.key)
    assert not stage.launch().unsettled


def test_an_answer_that_nobody_lets_be_written_is_asked_for_again() -> None:
    stage = unseen(Stage())
    launch = ordered(stage)

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


def test_pointers_to_nothing_and_to_what_is_over_do_nothing() -> None:
    stage = Stage()
    stage.start()
    before = stage.state.live()
    stage.launcher("unknown")
    stage.launcher(stage.launch().key)
    assert (stage.state.live(), len(stage.cloud.calls)) == (before, 1)
