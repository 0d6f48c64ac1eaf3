"""A boot is told once: on the machine's row when it is up, on the breaker too when it failed."""

from collections.abc import Callable, Sequence

import pytest

from autoscaler.core.decisions import Cause
from autoscaler.core.ledger import Breaker, Instance, Phase, Ref
from autoscaler.errors import UnavailableError
from tests.services.stage import MINUTE, SECOND, Stage, resource
from tests.services.test_crashes import survived

SLOW = resource(max_instances=1, max_spin_up=2 * MINUTE, margin=MINUTE)
WENT_WELL = [
    '2026-01-01T00:00:10Z boot phase name="booted" at="2026-01-01T00:00:10Z"',
    '2026-01-01T00:00:12Z boot phase name="secrets" seconds=1.2',
]
WENT_WRONG = [
    *WENT_WELL,
    "export TOKEN=hunter2",
    '2026-01-01T00:00:30Z boot boot-failed phase="gpu" reason="no GPU within 9 s"',
]
WORDS = "in gpu: no GPU within 9 s"


def booting(console: Sequence[str], *, silent: bool = False) -> Stage:
    """A machine that says this, and has not registered yet."""
    stage = Stage(SLOW)
    stage.enqueue()
    stage.play()
    stage.cloud.consoles[stage.instance().instance_id] = console
    if silent:
        stage.cloud.silenced = UnavailableError("GetConsoleOutput was not answered")
    return stage


def readings(stage: Stage) -> int:
    return stage.line.calls.count("cloud.log")


def breaker(stage: Stage) -> Breaker:
    row = stage.state.read(Ref("breaker", "team/cpu"))
    assert isinstance(row, Breaker)
    return row


def buried(stage: Stage, key: str) -> Instance:
    (row,) = [r for r in stage.state.history(subject=key) if isinstance(r, Instance)]
    return row


def test_a_machine_that_comes_up_tells_its_steps_and_is_never_asked_again() -> None:
    stage = booting(WENT_WELL)
    stage.agents.register()
    stage.play(20 * SECOND)
    row = stage.instance()
    assert row.boot == ("launched 0.0 s", "booted 10.0 s", "secrets 1.2 s", "registered 8.0 s")
    assert (row.boot_failed, row.console, row.unheard) == ("", (), False)
    stage.minutes(5)
    assert readings(stage) == 1


def test_nothing_is_asked_while_it_boots() -> None:
    stage = booting(WENT_WELL)
    stage.play(MINUTE)
    assert readings(stage) == 0


def end_by_itself(stage: Stage) -> None:
    stage.cloud.end(stage.instance().instance_id, "powered off")
    stage.play(MINUTE)


def never_register(stage: Stage) -> None:
    stage.minutes(3)


@pytest.mark.parametrize("how", [end_by_itself, never_register])
def test_a_boot_that_failed_says_where_and_keeps_its_last_lines(
    how: Callable[[Stage], None],
) -> None:
    stage = booting(WENT_WRONG)
    key = stage.instance().key
    how(stage)
    row = stage.instance(key)
    assert (row.phase, row.boot_failed) == (Phase.GONE, WORDS)
    assert row.boot[-1] == "gpu failed"
    assert row.console[2] == "export TOKEN=********"
    held = breaker(stage)
    assert (held.instance, held.console) == (key, row.console)
    assert held.reason.endswith(f"; it failed {WORDS}")
    assert readings(stage) == 1


def test_the_breaker_s_verdict_names_the_step() -> None:
    stage = booting(WENT_WRONG)
    for _ in range(12):
        for machine in stage.cloud.living():
            stage.cloud.consoles[machine.instance_id] = WENT_WRONG
        stage.play(MINUTE)
    assert WORDS in stage.did_not(Cause.BREAKER_OPEN).reason


def test_what_was_kept_outlives_the_row() -> None:
    stage = booting(WENT_WRONG)
    key = stage.instance().key
    end_by_itself(stage)
    stage.minutes(8)
    assert key not in {row.key for row in stage.instances()}
    assert buried(stage, key).console[2] == "export TOKEN=********"


def test_a_machine_that_registers_clears_the_breaker() -> None:
    stage = booting(WENT_WRONG)
    end_by_itself(stage)
    stage.play(MINUTE)
    stage.agents.register()
    stage.play(SECOND)
    assert (breaker(stage).instance, breaker(stage).console) == ("", ())


def test_a_console_that_cannot_be_read_holds_nobody_up() -> None:
    stage = booting(WENT_WRONG, silent=True)
    key = stage.instance().key
    stage.minutes(3)
    row = stage.instance(key)
    assert (row.phase, row.console) == (Phase.GONE, ())
    assert row.boot_failed == "at a step that nobody knows: its console could not be read"
    assert readings(stage) == 1


def test_nor_does_one_of_a_compute_that_left_the_configuration() -> None:
    stage = booting(WENT_WELL)
    stage.agents.register()
    stage.ports.computes.clear()  # type: ignore[attr-defined]  # the stage's own dictionary
    stage.play(MINUTE)
    assert stage.instance().boot == ("launched 0.0 s", "registered 1 min")


def test_a_late_registration_corrects_what_was_said_of_the_boot() -> None:
    stage = booting(WENT_WRONG)
    stage.cloud.guard_answers = False
    stage.minutes(2)
    assert (stage.instance().phase, stage.instance().boot_failed) == (Phase.DRAINING, WORDS)
    stage.agents.register()
    stage.agents.work()
    stage.play(SECOND)
    row = stage.instance()
    assert (row.phase, row.boot_failed, row.console) == (Phase.UP, "", ())
    assert row.boot[-1].startswith("registered ")


def test_one_that_is_found_alive_after_it_was_given_up_begins_anew() -> None:
    stage = booting(WENT_WRONG)
    row = stage.instance()
    (machine,) = stage.cloud.living()
    end_by_itself(stage)
    stage.cloud.intrude(machine)
    stage.play(SECOND)
    again = stage.instance(row.key)
    assert (again.phase, again.boot, again.console) == (Phase.BOOTING, (), ())
    assert (again.boot_failed, again.unheard) == ("", False)


def test_a_breaker_that_another_boot_opened_since_is_left_alone() -> None:
    stage = booting(WENT_WRONG)
    key = stage.instance().key
    stage.cloud.end(stage.instance().instance_id, "powered off")
    stage.tick(MINUTE)
    held = breaker(stage)
    stage.state.commit(put=[held.model_copy(update={"instance": "another", "reason": "new"})])
    stage.deliver()
    assert stage.instance(key).boot_failed == WORDS
    assert (breaker(stage).reason, breaker(stage).console) == ("new", ())


def test_one_that_a_person_ended_is_no_failed_boot() -> None:
    stage = booting(WENT_WRONG)
    stage.operator.terminate(stage.instance().key, "")
    stage.minutes(2)
    assert readings(stage) == 0


def test_a_row_that_moves_while_its_console_is_read_is_heard_at_the_next_telling() -> None:
    stage = booting(WENT_WELL)
    stage.agents.register()

    def touch() -> None:
        stage.operator.protect(stage.instance().key, on=True, reason="")

    stage.tick(MINUTE)
    stage.line.before("cloud.log", touch)
    stage.deliver()
    assert stage.instance().unheard
    stage.play(MINUTE)
    assert stage.instance().boot
    assert stage.instance().protected


@pytest.mark.slow
def test_a_crash_between_any_two_calls_loses_no_evidence() -> None:
    def played(crash_at: int | None = None) -> Stage:
        stage = booting(WENT_WRONG)
        key = stage.instance().key
        stage.cloud.end(stage.instance().instance_id, "powered off")
        stage.line.calls.clear()
        stage.line.crash_at = crash_at
        for _ in range(3):
            with survived(stage):
                stage.play(MINUTE)
        assert stage.instance(key).boot_failed == WORDS, crash_at
        assert breaker(stage).console == stage.instance(key).console, crash_at
        return stage

    for number in range(len(played().line.calls)):
        played(number)
