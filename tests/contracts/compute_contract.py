"""What the Compute port promises, for every provider and for the fakes."""

from collections.abc import Callable
from typing import Protocol, TypeVar

import pytest

from autoscaler.core.seen import Machine
from autoscaler.ports import Compute, Launched, Order, Refused

T = TypeVar("T")


class Bench(Protocol):
    """A place where machines start, and power over what goes on there.

    `secrets` are what its machines need to know and nobody may read elsewhere.
    """

    compute: Compute
    secrets: tuple[str, ...]

    def order(self, launch: str, *, count: int = 1) -> Order:
        """An order that the configuration allows. The same launch gives the same order."""
        ...

    def edited(self, request: str) -> str:
        """The request, changed in a way that matters."""
        ...

    def stranger(self) -> Compute:
        """The compute of another deployment in the same place."""
        ...

    def occupy(self, machine: Machine) -> None:
        """Its worker holds a task when this returns."""
        ...

    def release(self, machine: Machine) -> None:
        """Its worker holds no task any more when this returns."""
        ...

    def up(self, machine: Machine) -> None:
        """Its worker is registered when this returns."""
        ...

    def judged(self, machine: Machine, nonce: str) -> None:
        """Its guard has refused or followed that drain order when this returns."""
        ...

    def eventually(self, look: Callable[[], T | None]) -> T:
        """The first true answer of `look`, as time goes by."""
        ...


class ComputeContract:
    """A subclass gives `bench`."""

    @pytest.fixture
    def bench(self) -> Bench:
        raise NotImplementedError

    def test_the_same_order_gives_the_same_request(self, bench: Bench) -> None:
        order = bench.order("a", count=2)
        assert bench.compute.render(order) == bench.compute.render(bench.order("a", count=2))
        assert bench.compute.render(order) != bench.compute.render(bench.order("b", count=2))

    def test_a_request_holds_no_secret(self, bench: Bench) -> None:
        request = bench.compute.render(bench.order("a"))
        assert [secret for secret in bench.secrets if secret in request] == []

    def test_what_was_launched_is_listed_with_its_tags(self, bench: Bench) -> None:
        order = bench.order("a", count=2)
        told = launch(bench, order)
        assert [machine.position for machine in told] == [0, 1]
        assert [born(machine) for machine in listed(bench, told)] == [born(m) for m in told]
        for machine in told:
            assert (machine.autoscaler, machine.resource) == (order.autoscaler, order.resource)
            assert (machine.launch, machine.attempt) == (order.launch, order.attempt)
            assert machine.token == order.token
            assert machine.state == "living"
            assert order.offering.startswith(machine.type)
            assert machine.market in order.offering
            assert machine.launched_at is not None

    def test_a_token_starts_machines_once(self, bench: Bench) -> None:
        order = bench.order("a", count=2)
        first, second = launch(bench, order), launch(bench, order)
        assert [born(machine) for machine in first] == [born(machine) for machine in second]
        assert len(bench.compute.machines()) == 2

    def test_a_replay_after_the_end_lists_the_dead_and_starts_nothing(self, bench: Bench) -> None:
        order = bench.order("a", count=2)
        first, second = launch(bench, order)
        bench.compute.terminate(first.instance_id)
        bench.eventually(lambda: state(bench, first) == "gone")
        again = launch(bench, order)
        assert [machine.state for machine in again] == ["gone", "living"]
        assert [machine.instance_id for machine in again] == [
            first.instance_id,
            second.instance_id,
        ]
        assert len(bench.compute.machines()) == 2

    def test_two_launches_have_nothing_in_common(self, bench: Bench) -> None:
        first, second = launch(bench, bench.order("a")), launch(bench, bench.order("b"))
        assert len({machine.instance_id for machine in (*first, *second)}) == 2
        assert len(bench.compute.machines()) == 2

    def test_a_request_that_somebody_edited_is_refused(self, bench: Bench) -> None:
        order = bench.order("a")
        answer = bench.compute.launch(order, bench.edited(bench.compute.render(order)))
        assert isinstance(answer, Refused)
        assert answer.operator
        assert bench.compute.machines() == []

    def test_a_token_with_another_request_starts_nothing(self, bench: Bench) -> None:
        order = bench.order("a")
        launch(bench, order)
        other = order.model_copy(update={"indexes": (*order.indexes, 9)})
        answer = bench.compute.launch(other, bench.compute.render(other))
        assert not isinstance(answer, Launched)
        assert len(bench.compute.machines()) == 1

    def test_another_deployment_s_machines_are_left_alone(self, bench: Bench) -> None:
        (machine,) = launch(bench, bench.order("a"))
        stranger = bench.stranger()
        stranger.drain(machine.instance_id, "nonce")
        stranger.terminate(machine.instance_id)
        assert stranger.machines() == []
        assert state(bench, machine) == "living"

    def test_terminate_ends_a_machine_that_works(self, bench: Bench) -> None:
        (machine,) = launch(bench, bench.order("a"))
        bench.up(machine)
        bench.occupy(machine)
        bench.compute.terminate(machine.instance_id)
        assert bench.eventually(lambda: state(bench, machine) == "gone")

    def test_to_end_what_has_ended_or_never_was_is_fine(self, bench: Bench) -> None:
        (machine,) = launch(bench, bench.order("a"))
        bench.compute.terminate(machine.instance_id)
        bench.eventually(lambda: state(bench, machine) == "gone")
        for instance_id in (machine.instance_id, "never-was"):
            bench.compute.terminate(instance_id)
            bench.compute.drain(instance_id, "nonce")
            bench.compute.drain(instance_id, "")
        assert state(bench, machine) == "gone"

    def test_an_idle_machine_that_is_drained_ends(self, bench: Bench) -> None:
        (machine,) = launch(bench, bench.order("a"))
        bench.up(machine)
        bench.compute.drain(machine.instance_id, "nonce")
        assert bench.eventually(lambda: state(bench, machine) == "gone")

    def test_a_busy_machine_refuses_once_and_follows_the_next_order(self, bench: Bench) -> None:
        (machine,) = launch(bench, bench.order("a"))
        bench.up(machine)
        bench.occupy(machine)
        bench.compute.drain(machine.instance_id, "first")
        bench.judged(machine, "first")
        assert state(bench, machine) == "living"
        bench.release(machine)
        assert state(bench, machine) == "living"
        bench.compute.drain(machine.instance_id, "second")
        assert bench.eventually(lambda: state(bench, machine) == "gone")

    def test_an_order_taken_back_is_not_followed(self, bench: Bench) -> None:
        (machine,) = launch(bench, bench.order("a"))
        bench.up(machine)
        bench.occupy(machine)
        bench.compute.drain(machine.instance_id, "nonce")
        bench.compute.drain(machine.instance_id, "")
        bench.release(machine)
        assert state(bench, machine) == "living"

    def test_the_log_tells_what_happened(self, bench: Bench) -> None:
        (machine,) = launch(bench, bench.order("a"))
        bench.up(machine)
        lines = list(bench.compute.log(machine.instance_id))
        assert lines
        assert [s for s in bench.secrets if any(s in line for line in lines)] == []
        assert list(bench.compute.log("never-was")) == []

    def test_nothing_keeps_machines_from_starting(self, bench: Bench) -> None:
        assert list(bench.compute.preflight()) == []


def launch(bench: Bench, order: Order) -> tuple[Machine, ...]:
    answer = bench.compute.launch(order, bench.compute.render(order))
    assert isinstance(answer, Launched)
    assert len(answer.machines) == len(order.indexes)
    return answer.machines


def listed(bench: Bench, machines: tuple[Machine, ...]) -> list[Machine]:
    """As they are listed now, once all are: a listing may lag."""

    def look() -> list[Machine]:
        found = {machine.instance_id: machine for machine in bench.compute.machines()}
        return [found[m.instance_id] for m in machines if m.instance_id in found]

    return bench.eventually(lambda: seen if len(seen := look()) == len(machines) else None)


def state(bench: Bench, machine: Machine) -> str:
    return listed(bench, (machine,))[0].state


def born(machine: Machine) -> Machine:
    """What of a machine never changes."""
    return machine.model_copy(update={"state": "living", "detail": ""})
