"""What becomes of lost tasks, as it is written and as the core gets it."""

import pytest

from autoscaler.config import parse, render
from autoscaler.core.fleet import OnLost
from autoscaler.errors import Problem
from tests.config.example import SOUND, edited, problems


def top(lines: str) -> str:
    return edited("deployment: lab", lines)


def test_without_a_word_they_go_back_to_their_queue_three_times() -> None:
    found = parse(SOUND).deployment()

    assert (found.on_lost, found.queue_on_lost) == (OnLost(policy="requeue", most=3), {})


@pytest.mark.parametrize(
    ("lines", "others", "cpu"),
    [
        pytest.param(
            "on_lost: reset\nmax_requeues: 0\nlost_tasks: [{name: cpu, on_lost: ignore}]",
            OnLost(policy="reset", most=0),
            OnLost(policy="ignore", most=0),
            id="a queue of its own policy",
        ),
        pytest.param(
            "on_lost: reset\nlost_tasks: [{name: cpu, max_requeues: 0}]",
            OnLost(policy="reset"),
            OnLost(policy="reset", most=0),
            id="a queue of its own patience",
        ),
        pytest.param(
            "max_requeues: 9\nlost_tasks: [{name: cpu, on_lost: fail, max_requeues: 1}]",
            OnLost(most=9),
            OnLost(policy="fail", most=1),
            id="a queue of both",
        ),
    ],
)
def test_a_queue_may_differ_from_the_others(lines: str, others: OnLost, cpu: OnLost) -> None:
    config = parse(top(lines))

    assert config.deployment().on_lost == others
    assert config.deployment().queue_on_lost == {"cpu": cpu}
    assert parse(render(config)) == config


def test_no_machine_is_another_for_it() -> None:
    plain = parse(SOUND).deployment().resources[0].config_hash
    text = top("on_lost: fail\nlost_tasks: [{name: cpu, max_requeues: 1}]")
    assert parse(text).deployment().resources[0].config_hash == plain


@pytest.mark.parametrize(
    ("lines", "field", "value", "remedy"),
    [
        pytest.param(
            "on_lost: requeued",
            "on_lost (line 1)",
            "requeued",
            "did you mean requeue? It is one of: requeue, reset, fail, ignore",
            id="a slip of the pen",
        ),
        pytest.param(
            "max_requeues: -1", "max_requeues (line 1)", "-1", "at least 0", id="less than none"
        ),
        pytest.param(
            "max_retries: 2",
            "max_retries (line 1)",
            "",
            "unknown key: did you mean max_requeues?",
            id="another word for it",
        ),
        pytest.param(
            "lost_tasks: [{name: cpu, on_lost: retry}]",
            "lost_tasks[0].on_lost (line 1)",
            "retry",
            "one of: requeue, reset, fail, ignore",
            id="no policy at all",
        ),
        pytest.param(
            "lost_tasks: [{on_lost: fail}]",
            "lost_tasks[0].name (line 1)",
            "",
            "is missing: name: default (the queue, as its resources name it)",
            id="of which queue",
        ),
        pytest.param(
            "lost_tasks: [{name: cpu}]",
            "lost_tasks[0] (line 1)",
            "",
            "changes nothing: write on_lost or max_requeues",
            id="nothing else than for all queues",
        ),
        pytest.param(
            "lost_tasks:\n  - {name: cpu, max_requeues: 1}\n  - {name: gpu, on_lost: fail}",
            "lost_tasks[1].name (line 3)",
            "gpu",
            "no resource serves this queue: name it as its resources do",
            id="a queue that nobody serves",
        ),
        pytest.param(
            "lost_tasks: [{name: cpu, on_lost: fail}, {name: cpu, max_requeues: 1}]",
            "lost_tasks[1].name (line 1)",
            "cpu",
            "two rules for one queue: lost_tasks[0] has it already",
            id="two rules for one queue",
        ),
        pytest.param(
            "queue_budgets: [{name: cpu, day: 1, on_lost: fail}]",
            "queue_budgets[0].on_lost (line 1)",
            "",
            "belongs at the top, beside autoscalers or to a queue under lost_tasks",
            id="it is not a matter of money",
        ),
    ],
)
def test_mistakes(lines: str, field: str, value: str, remedy: str) -> None:
    assert problems(top(lines)) == [Problem(field, value, remedy)]
