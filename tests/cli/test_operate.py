"""Acts of a person: carried out on the table, and kept with who, when and why."""

import getpass
import json
import platform

import pytest

from autoscaler.adapters.local.sqlite import SqliteState
from autoscaler.core.ledger import Control, Event, Instance, Phase, Ref
from tests.cli.conftest import Run
from tests.cli.lab import FIRST, SECOND, Lab

KEY = f"{FIRST}.0"


def instance(lab: Lab) -> Instance:
    with SqliteState(lab.file, readonly=True) as state:
        row = state.read(Ref("instance", KEY))
    assert isinstance(row, Instance)
    return row


def control(lab: Lab, key: str) -> Control:
    with SqliteState(lab.file, readonly=True) as state:
        row = state.read(Ref("control", key))
    assert isinstance(row, Control)
    return row


def newest(lab: Lab) -> Event:
    with SqliteState(lab.file, readonly=True) as state:
        event = state.history(limit=1)[0]
    assert isinstance(event, Event)
    return event


def test_drain_moves_the_row_and_says_what_follows(run: Run, lab: Lab) -> None:
    lab.busy_day()

    shown = run("drain", "5N1A.0", "--reason", "disk full", "--by", "ada").stdout

    assert instance(lab).phase == Phase.DRAINING
    assert f"{KEY} (team/cpu) is to be drained, by ada." in shown
    assert "its guard stops it unless it works; the next tick carries it out" in shown
    assert (newest(lab).event, newest(lab).by) == ("drain asked for", "ada")
    assert newest(lab).reason == "disk full"


def test_who_acts_is_the_user_of_this_computer(run: Run, lab: Lab) -> None:
    lab.busy_day()

    run("protect", "5N1A.0")

    assert newest(lab).by == f"{getpass.getuser()}@{platform.node()}"


@pytest.mark.parametrize(("flags", "protected"), [([], True), (["--off"], False)])
def test_protect_switches_on_and_off(
    run: Run, lab: Lab, flags: list[str], protected: bool
) -> None:
    lab.busy_day()

    run("protect", "5N1A.0", *flags)

    assert instance(lab).protected == protected


def test_terminate_asks_nobody_when_nobody_is_there(run: Run, lab: Lab) -> None:
    lab.busy_day()

    result = run("terminate", "5N1A.0", input="y\n")

    assert result.exit_code == 2
    assert "--yes: nobody is there to be asked" in result.stderr
    assert instance(lab).phase == Phase.UP


def test_terminate_with_yes_forces_the_end(run: Run, lab: Lab) -> None:
    lab.busy_day()

    told = json.loads(run("terminate", "5N1A.0", "--yes", "--json", "--by", "ada").stdout)

    assert instance(lab).phase == Phase.TERMINATING
    assert instance(lab).forced
    assert list(told) == ["done", "by", "instance"]
    assert (told["by"], told["instance"]["phase"]) == ("ada", "TERMINATING")


@pytest.mark.parametrize(
    ("flags", "scale_out", "scale_in"),
    [
        pytest.param([], False, False, id="both, without a word"),
        pytest.param(["--out"], False, True, id="only starting"),
        pytest.param(["--in"], True, False, id="only stopping"),
        pytest.param(["--out", "--in"], False, False, id="both, in words"),
    ],
)
def test_pause_and_resume_switch_what_is_named(
    run: Run, lab: Lab, flags: list[str], scale_out: bool, scale_in: bool
) -> None:
    lab.busy_day()

    run("pause", "team", *flags, "--reason", "upgrade")
    paused = control(lab, "team")
    run("resume", "team")
    resumed = control(lab, "team")

    assert (paused.scale_out, paused.scale_in) == (scale_out, scale_in)
    assert paused.reason == "upgrade"
    assert (resumed.scale_out, resumed.scale_in) == (True, True)


def test_pause_without_a_name_is_for_all_and_may_come_before_the_first_up(
    run: Run, lab: Lab
) -> None:
    shown = run("pause").stdout

    assert not control(lab, "*").scale_out
    assert "every autoscaler: scale-out paused, scale-in paused" in shown
    assert "`autoscaler up` must run for that" in shown


def test_the_json_of_a_pause_is_its_row(run: Run, lab: Lab) -> None:
    lab.busy_day()

    told = json.loads(run("pause", "--json").stdout)

    assert list(told) == ["by", "control", "still_paused"]
    assert told["control"]["scale_out"] is False


@pytest.mark.parametrize(
    ("flags", "still"),
    [
        pytest.param([], ["scale-out", "scale-in"], id="both"),
        pytest.param(["--out"], ["scale-out"], id="only starting"),
    ],
)
def test_resume_of_one_warns_while_a_pause_of_all_stands(
    run: Run, lab: Lab, flags: list[str], still: list[str]
) -> None:
    lab.busy_day()
    run("pause", *flags, "--by", "ada", "--reason", "upgrade")

    shown = run("resume", "team").stdout
    told = json.loads(run("resume", "team", "--json").stdout)

    assert "! for every autoscaler, scale-out was paused by ada at " in shown
    assert shown.count(": upgrade → autoscaler resume\n") == len(still)
    assert [each.split()[0] for each in told["still_paused"]] == still


def test_resume_of_all_leaves_nothing_to_warn_of(run: Run, lab: Lab) -> None:
    lab.busy_day()
    run("pause")

    assert "!" not in run("resume").stdout
    assert "!" not in run("resume", "team").stdout


@pytest.mark.parametrize("words", ["5N1A.0", "-1-0"])
def test_an_adopted_machine_has_a_name_to_act_on(run: Run, lab: Lab, words: str) -> None:
    key = f"{FIRST}-1-0"
    lab.add(lab.decision(), lab.instance().model_copy(update={"key": key}))

    result = run("drain", words, "--json")

    told = json.loads(result.stdout)
    assert (told["done"], told["instance"]["key"]) == ("to be drained", key)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["drain", "nobody"], "INSTANCE = nobody: no such instance", id="nobody"),
        pytest.param(["drain", "01KB"], "3 instances match", id="many"),
        pytest.param(["pause", "nobody"], "AUTOSCALER = nobody: not one of team", id="unknown"),
        pytest.param(["drain", "gone"], "no such instance", id="nothing with this name"),
    ],
)
def test_what_is_not_there_cannot_be_acted_on(
    run: Run, lab: Lab, arguments: list[str], said: str
) -> None:
    lab.busy_day()

    result = run(*arguments)

    assert result.exit_code == 2
    assert said in result.stderr


def test_what_is_on_its_way_out_is_not_drained_again(run: Run, lab: Lab) -> None:
    lab.busy_day()
    run("terminate", "5N1A.0", "--yes")

    result = run("drain", "5N1A.0")

    assert result.exit_code == 2
    assert "it is TERMINATING" in result.stderr


def test_an_act_on_an_instance_makes_no_table(run: Run, lab: Lab) -> None:
    result = run("drain", "5N1A.0")

    assert result.exit_code == 2
    assert not lab.file.exists()


def test_a_hostile_reason_is_kept_and_shown_as_text(run: Run, lab: Lab) -> None:
    lab.busy_day()

    shown = run("protect", "5N1A.0", "--by", "\x1b[31mred").stdout

    assert "by \\x1b[31mred." in shown
    assert newest(lab).by == "\x1b[31mred"


# --- drain, many at once ---


def phases(lab: Lab) -> dict[str, Phase]:
    with SqliteState(lab.file, readonly=True) as state:
        return {row.key: row.phase for row in state.live() if isinstance(row, Instance)}


def test_drain_idle_lets_go_what_is_idle_and_tells_of_minimums(run: Run, lab: Lab) -> None:
    lab.busy_day()

    shown = run("drain", "--idle", "--by", "ada", "-r", "cheaper").stdout

    assert phases(lab) == {KEY: Phase.DRAINING, f"{FIRST}.1": Phase.UP, f"{SECOND}.0": "BOOTING"}
    assert f"✓ {KEY} (team/cpu) is to be drained, by ada." in shown
    assert "those that work or are protected stay; the next tick carries it out" in shown
    assert "min_instances starts as many again as it asks for" in shown
    assert (newest(lab).subject, newest(lab).reason) == (KEY, "cheaper")


def test_drain_all_marks_what_works_and_names_the_pause(run: Run, lab: Lab) -> None:
    lab.busy_day()
    run("protect", "5N1A.1", "--off")

    shown = run("drain", "--all", "team", "--by", "ada").stdout

    assert phases(lab)[f"{FIRST}.1"] == Phase.UP
    assert f"✓ {FIRST}.1 (team/cpu) is to be drained, once its task ends, by ada." in shown
    assert f"✓ {SECOND}.0 (team/cpu) is to be drained, by ada." in shown
    assert "! machines start again for tasks that wait → autoscaler pause team --out" in shown
    assert "it goes once no task runs on it: drained by ada" in run("explain", "5N1A.1").stdout


def test_drain_of_many_in_json_has_the_rows(run: Run, lab: Lab) -> None:
    lab.busy_day()

    told = json.loads(run("drain", "--idle", "--by", "ada", "--json").stdout)

    assert (told["done"], told["by"]) == ("to be drained", "ada")
    assert [row["key"] for row in told["instances"]] == [KEY]


def test_drain_of_many_says_so_when_there_is_none(run: Run, lab: Lab) -> None:
    lab.busy_day()
    run("drain", "--idle")

    assert "no machine is to be drained" in run("drain", "--idle").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param([], "INSTANCE: name one, or write --idle or --all", id="nothing is named"),
        pytest.param(
            ["--idle", "--all"],
            "--idle: --all is written as well: keep one of the two",
            id="both are asked for",
        ),
        pytest.param(
            ["--idle", "5N1A.0"], "AUTOSCALER = 5N1A.0: not one of team", id="an instance"
        ),
    ],
)
def test_a_drain_that_is_not_clear_drains_nothing(
    run: Run, lab: Lab, arguments: list[str], said: str
) -> None:
    lab.busy_day()

    result = run("drain", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert phases(lab)[KEY] == Phase.UP
