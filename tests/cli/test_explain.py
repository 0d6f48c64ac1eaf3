"""Why an autoscaler did or did not scale; why an instance is there or went."""

import json
from datetime import timedelta

import pytest

from autoscaler.core.decisions import Cause, Verdict
from autoscaler.core.ledger import Phase
from tests.cli.conftest import Run
from tests.cli.lab import FIRST, SECOND, Lab


def test_it_tells_the_numbers_what_was_not_done_why_and_the_remedy(run: Run, lab: Lab) -> None:
    lab.busy_day()

    shown = run("explain").stdout

    assert shown.startswith("team   last tick ")
    assert "5 tasks waiting" in shown
    assert "3 of 4 machines" in shown
    assert "2 not started: team/cpu is at 3 of max_instances 3  resource-max" in shown
    assert "→ raise max_instances of team/cpu, or wait for a machine to end" in shown
    assert "team/cpu: idle for 4 min, limit 15 min  not-idle-long-enough" in shown
    assert "5N1A.0 is idle" in shown


def test_what_was_done_comes_before_what_was_not(run: Run, lab: Lab) -> None:
    did = Verdict(
        cause=Cause.DEMAND, autoscaler="team", resource="cpu", queue="q", count=2, reason="needed"
    )
    lab.add(lab.decision(did=(did,)))

    shown = run("explain", "team").stdout

    assert shown.index("Done in the last tick") < shown.index("Nothing (more) started")


def test_the_json_has_the_same(run: Run, lab: Lab) -> None:
    lab.busy_day()

    (told,) = json.loads(run("explain", "--json").stdout)["autoscalers"]

    assert list(told) == [
        "autoscaler",
        "at",
        "last_tick",
        "last_tick_is_old",
        "paused",
        "did",
        "not_started",
        "not_stopped",
        "idle_limits",
        "lately",
    ]
    assert told["last_tick"]["max"] == 4
    assert [verdict["cause"] for verdict in told["not_started"]] == [
        "resource-max",
        "no-demand",
        "queue-missing",
    ]


@pytest.mark.parametrize("cause", [Cause.CLEARML_UNREADABLE, Cause.CREDENTIALS_REFUSED])
def test_tasks_that_nobody_could_count_are_unknown(run: Run, lab: Lab, cause: Cause) -> None:
    down = Verdict(cause=cause, autoscaler="team", reason="down")
    lab.add(lab.decision(waiting=0, oldest=None, queues=(), did_not=(down,)))

    shown = run("explain").stdout
    (told,) = json.loads(run("explain", "--json").stdout)["autoscalers"]

    assert "waiting tasks unknown · 3 of 4 machines" in shown
    assert told["last_tick"]["waiting"] is None


def test_words_that_hold_for_two_queues_name_the_queue(run: Run, lab: Lab) -> None:
    full = Verdict(
        cause=Cause.RESOURCE_MAX,
        reason="team/cpu is at 3 of max_instances 3",
        autoscaler="team",
        resource="cpu",
        queue="default",
        count=2,
    )
    lab.add(lab.decision(did_not=(full, full.model_copy(update={"queue": "fast"}))))

    shown = run("explain").stdout

    assert "team/cpu is at 3 of max_instances 3 for default  resource-max" in shown
    assert "team/cpu is at 3 of max_instances 3 for fast  resource-max" in shown


def test_the_name_of_a_launch_lists_its_instances(run: Run, lab: Lab) -> None:
    lab.busy_day()

    result = run("explain", "5N1A")

    assert result.exit_code == 2
    assert f"the launch of {FIRST}.0, {FIRST}.1: name one of them" in result.stderr


def test_an_autoscaler_that_never_ticked_is_asked_about(run: Run, lab: Lab) -> None:
    lab.add(lab.control())

    assert "no tick yet: is `autoscaler up` running?" in run("explain").stdout


def test_an_instance_tells_its_life(run: Run, lab: Lab) -> None:
    lab.busy_day()

    shown = run("explain", "5N1A.0").stdout

    order = ["2 wanted", "starts", "is up", "is idle"]
    places = [shown.index(words) for words in order]
    assert places == sorted(places)
    assert "idle for 4 min" in shown
    assert "of 15 min\n" in shown
    assert "as many machines stay as had work lately" in " ".join(shown.split())


def long_ago(lab: Lab) -> None:
    lab.add(
        past=(
            lab.instance(
                f"{SECOND}.0",
                phase=Phase.GONE,
                reason="idle for 15 min, limit 15 min; drained",
                gone_at=lab.ago(days=3),
                moved_at=lab.ago(days=3),
            ),
            lab.event("DRAINING -> GONE", subject=f"{SECOND}.0", reason="drained", days=3),
        )
    )


@pytest.mark.parametrize("words", [f"{SECOND}.0", "2V7B.0", "01KB3SC", f"{SECOND}-1-0"])
def test_an_instance_gone_long_ago_is_remembered(run: Run, lab: Lab, words: str) -> None:
    long_ago(lab)

    shown = run("explain", words).stdout

    assert "it is gone: idle for 15 min, limit 15 min; drained" in shown
    assert "is gone" in shown


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param(
            {"idle_since": None, "reason": "task 7 runs on it"},
            "it works: task 7 runs on it",
            id="busy",
        ),
        pytest.param(
            {"idle_since": None, "silent_since": "1"}, "ClearML has not known", id="lost"
        ),
        pytest.param({"protected": True}, "it is protected", id="protected"),
        pytest.param({"resource": "old"}, "no longer in the configuration", id="removed"),
        pytest.param({"phase": "DRAINING"}, "it ends unless a task has come", id="draining"),
        pytest.param({"phase": "TERMINATING"}, "it is being ended", id="terminating"),
        pytest.param({"phase": "BOOTING"}, "it is given up in", id="booting"),
        pytest.param(
            {"phase": "BOOTING", "boot_deadline": None}, "its worker is awaited", id="adopted"
        ),
        pytest.param({"phase": "REQUESTED"}, "asked for again in", id="requested"),
        pytest.param({"phase": "GONE", "reason": "spot"}, "it is gone: spot", id="gone"),
    ],
)
def test_each_state_has_its_reason(
    run: Run, lab: Lab, changes: dict[str, object], why: str
) -> None:
    if changes.get("silent_since"):
        changes = {**changes, "silent_since": lab.ago(minutes=1)}
    soon = lab.now + timedelta(seconds=50)
    lab.add(
        lab.launch(not_before=soon, deadline=lab.now + timedelta(minutes=1), refused=("a: none",)),
        lab.instance(f"{FIRST}.0", **changes),
    )

    assert why in run("explain", "5N1A.0").stdout


def test_an_idle_machine_that_is_kept_says_for_what(run: Run, lab: Lab) -> None:
    kept = Verdict(
        cause=Cause.KEPT_FOR_MINIMUM,
        autoscaler="team",
        resource="cpu",
        reason="team/cpu keeps at least 1",
    )
    lab.add(lab.decision(did_not=(kept,)), lab.instance(idle_since=lab.ago(hours=1)))

    shown = run("explain", "5N1A.0").stdout

    assert "idle for 1 h" in shown
    assert "it may go" not in shown
    assert shown.index("team/cpu keeps at least 1") < shown.index("idle for 1 h")


def test_nobody_is_an_error_that_says_where_to_look(run: Run, lab: Lab) -> None:
    lab.busy_day()

    result = run("explain", "nobody")

    assert result.exit_code == 2
    assert "INSTANCE = nobody: no such instance; `autoscaler status` lists them" in result.stderr


def test_the_json_of_an_instance_holds_its_row_and_timeline(run: Run, lab: Lab) -> None:
    lab.busy_day()

    told = json.loads(run("explain", f"{FIRST}.0", "--json").stdout)

    assert list(told) == ["at", "instance", "activity", "why", "timeline"]
    assert told["instance"]["key"] == f"{FIRST}.0"
    assert told["timeline"][0]["event"] == "ordered 2"
