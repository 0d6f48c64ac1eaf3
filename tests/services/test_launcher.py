"""Write ahead, call once, write the answer down: rules R1 and R5 to R8."""

from datetime import timedelta

from autoscaler.core.ledger import Launch, Phase, Ref, Request
from autoscaler.ports import Answer, Order
from autoscaler.services.launch import Launcher
from tests.services.line import CrashError, crash
from tests.services.scripts import times_out
from tests.services.stage import MINUTE, SECOND, Stage, offerings, resource

CLAIM = timedelta(seconds=75)
TWO = resource(offerings=offerings("small", "large"))


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
    stage = Stage().unseen()
    launch = stage.order()
    stage.line.before("state.commit", crash)
    call(stage, launch)
    assert (stage.launch().attempt, stage.cloud.calls) == (0, [])
    stage.play(MINUTE)
    assert len(stage.cloud.living()) == 1


def test_r5_a_crash_between_write_ahead_and_call_is_taken_up_when_the_claim_is_over() -> None:
    stage = Stage().unseen()
    launch = stage.order()
    stage.line.before("cloud.launch", crash)
    call(stage, launch)
    stage.play(MINUTE)
    assert stage.cloud.calls == []
    stage.play(MINUTE)
    assert len(stage.cloud.living()) == len(stage.cloud.calls) == 1


def test_r5_a_write_ahead_whose_answer_was_lost_counts_as_written() -> None:
    stage = Stage().unseen()
    launch = stage.order()
    stage.line.after("state.commit", crash)
    call(stage, launch)
    assert (stage.launch().attempt, stage.launch().unsettled) == (1, True)
    stage.minutes(2)
    assert [order.attempt for order in stage.cloud.calls] == [1]


def test_r5_past_the_deadline_of_a_launch_nobody_calls_for_it() -> None:
    stage = Stage()
    launch = stage.order()
    stage.clock.advance(15 * MINUTE)
    stage.launcher(launch.key)
    assert (stage.cloud.calls, stage.launch().attempt) == ([], 0)


def test_r6_after_a_crash_behind_the_call_the_same_bytes_start_nothing_new() -> None:
    stage = Stage().unseen()
    launch = stage.order(2)
    stage.line.after("cloud.launch", crash)
    call(stage, launch)
    assert stage.phases() == [Phase.REQUESTED] * 2
    stage.minutes(2)
    first, second = stage.cloud.calls
    assert (first, stage.cloud.requests[0]) == (second, stage.cloud.requests[1])
    assert stage.line.calls.count("cloud.render") == 1
    assert (len(stage.cloud.living()), stage.phases()) == (2, [Phase.BOOTING] * 2)


def test_r6_an_ambiguous_answer_is_asked_again_with_the_same_token_after_the_claim() -> None:
    stage = Stage(TWO).unseen()
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
    stage = Stage().unseen()
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
    launch = stage.order()
    stage.line.before("state.commit", lambda: Launcher(stage.deployment, stage.ports)(launch.key))
    stage.launcher(launch.key)
    assert len(stage.cloud.calls) == len(stage.cloud.living()) == 1


def test_r5_a_stored_request_that_was_edited_is_not_sent() -> None:
    stage = Stage().unseen()
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


def test_pointers_to_nothing_and_to_what_is_over_do_nothing() -> None:
    stage = Stage()
    stage.start()
    before = stage.state.live()
    stage.launcher("unknown")
    stage.launcher(stage.launch().key)
    assert (stage.state.live(), len(stage.cloud.calls)) == (before, 1)


def test_a_launch_of_a_resource_that_is_not_configured_is_left_to_the_planner() -> None:
    stage = Stage()
    stage.enqueue()
    stage.tick()
    stage.restart(Stage(resource("other")).deployment)
    stage.deliver()
    assert (stage.cloud.calls, stage.launch().attempt) == ([], 0)
