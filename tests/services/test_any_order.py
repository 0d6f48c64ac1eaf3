"""Whatever happens in whatever order: the promises that hold at every moment."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from autoscaler.core.fleet import Budget, Offering
from autoscaler.core.ledger import Instance, Phase, Ref
from autoscaler.core.lifecycle import EDGES
from autoscaler.errors import UnavailableError
from autoscaler.ports import Ambiguous, Order, Refused
from tests.services.stage import MINUTE, Stage, deployment, resource

MAX_CPU, MAX_GPU, MAX_ALL = 3, 2, 4
PRICES = {"small": 1.0, "large": 2.5, "gpu": 2.0}
AN_HOUR = 6.0
PAUSES = st.integers(1, 400).map(lambda seconds: timedelta(seconds=seconds))
DOWN = UnavailableError("connection refused")


def fleet() -> Stage:
    cpu = resource(
        "cpu",
        queues=("cpu", "gpu"),
        offerings=priced("small", "large"),
        max_instances=MAX_CPU,
        max_idle=3 * MINUTE,
        max_spin_up=5 * MINUTE,
    )
    gpu = resource(
        "gpu", queues=("gpu",), offerings=priced("gpu"), max_instances=MAX_GPU, max_idle=MINUTE
    )
    budget = Budget(hour=AN_HOUR, day=20.0)
    return Stage(wanted=deployment(cpu, gpu, max_instances=MAX_ALL, budget=budget))


def priced(*types: str) -> tuple[Offering, ...]:
    return tuple(Offering(type=each, hourly_price=PRICES[each]) for each in types)


class Story(RuleBasedStateMachine):
    """Ticks, messages, agents, outages and losses, as chance orders them."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = fleet()
        self.seen: dict[Ref, Instance] = {}
        self.held: set[str] = set()

    # --- what happens ---

    @rule(queue=st.sampled_from(["cpu", "gpu"]), tasks=st.integers(1, 3))
    def enqueue(self, queue: str, tasks: int) -> None:
        self.stage.enqueue(queue, tasks)

    @rule(after=PAUSES)
    def tick(self, after: timedelta) -> None:
        self.stage.advance(after)
        seen, plan = self.stage.poller.preview()
        assert (seen, plan) == self.stage.poller.preview(), "the same view, the same plan"
        waiting = sum(queue.waiting for queue in {q.id: q for q in seen.queues.values()}.values())
        assert sum(launch.count for launch in plan.launches) <= waiting
        self.stage.poller.tick()

    @rule(minutes=st.integers(1, 4))
    def all_goes_well_for_a_while(self, minutes: int) -> None:
        for _ in range(minutes):
            self.tick(MINUTE)
            self.deliver()
            self.stage.agents.register()
            self.stage.agents.work()

    @rule()
    def deliver(self) -> None:
        try:
            self.stage.deliver()
        except UnavailableError:
            return  # the message comes again, or the next tick repeats it

    @rule()
    def lose_the_messages(self) -> None:
        self.stage.topic.receive(self.stage.clock.now())

    @rule()
    def agents_come_up(self) -> None:
        self.stage.agents.register()

    @rule()
    def agents_work(self) -> None:
        self.stage.agents.work()

    @rule()
    def tasks_end(self) -> None:
        self.stage.agents.finish()

    @rule(which=st.integers(0, 5))
    def a_machine_dies(self, which: int) -> None:
        if living := self.stage.cloud.living():
            machine = living[which % len(living)]
            self.stage.agents.hands.pop(machine.worker, None)
            self.stage.cloud.end(machine.instance_id, "reclaimed")

    @rule(refuse=st.booleans())
    def the_next_call_goes_wrong(self, refuse: bool) -> None:
        def answer(order: Order) -> Refused | Ambiguous:
            return Refused(code="NoCapacity") if refuse else self.stage.cloud.lose(order)

        self.stage.cloud.answers.append(answer)

    @rule(lag=st.integers(0, 90))
    def listings_lag(self, lag: int) -> None:
        self.stage.cloud.lag = timedelta(seconds=lag)

    @rule(down=st.booleans())
    def clearml_goes_and_comes(self, down: bool) -> None:
        self.stage.break_clearml(DOWN if down else None)

    @rule(answers=st.booleans())
    def guards_fall_silent(self, answers: bool) -> None:
        self.stage.cloud.guard_answers = answers

    @precondition(lambda self: self.stage.instances(Phase.UP))
    @rule()
    def a_person_drains_one(self) -> None:
        self.stage.operator.drain(self.stage.instances(Phase.UP)[0].key, "by hand")

    @rule()
    def the_services_start_anew(self) -> None:
        self.stage.restart()

    # --- what always holds ---

    @invariant()
    def never_above_a_maximum(self) -> None:
        living = [machine.resource for machine in self.stage.cloud.living()]
        assert living.count("cpu") <= MAX_CPU
        assert living.count("gpu") <= MAX_GPU
        assert len(living) <= MAX_ALL

    @invariant()
    def never_above_the_budget_of_an_hour(self) -> None:
        assert sum(PRICES[machine.type] for machine in self.stage.cloud.living()) <= AN_HOUR

    @invariant()
    def every_machine_has_a_row_of_its_own(self) -> None:
        rows = [row.instance_id for row in self.stage.instances() if row.instance_id]
        assert len(rows) == len(set(rows))

    @invariant()
    def no_task_is_killed(self) -> None:
        """A task that somebody holds is on a machine that lives: only `a_machine_dies` ends it."""
        living = {machine.worker for machine in self.stage.cloud.living()}
        assert {worker for worker in self.stage.agents.hands if worker not in living} == set()

    @invariant()
    def rows_move_along_edges_and_revisions_grow(self) -> None:
        rows = {row.ref: row for row in self.stage.instances()}
        for ref, row in rows.items():
            before = self.seen.get(ref)
            if before is None:
                continue
            assert row.revision >= before.revision
            assert row == before or row.revision > before.revision
            assert row.phase == before.phase or _reachable(before.phase, row.phase)
        self.seen = rows


def _reachable(start: Phase, end: Phase) -> bool:
    """Several moves may lie between two looks."""
    found, ahead = {start}, [start]
    while ahead:
        new = EDGES[ahead.pop()] - found
        found |= new
        ahead += new
    return end in found


Story.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestStory = pytest.mark.slow(Story.TestCase)
