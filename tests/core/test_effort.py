"""How much a plan does for each machine more: counted in calls, so that no clock is asked."""

import sys
from types import FrameType

import pytest

from autoscaler.core.plan import decide
from autoscaler.core.seen import Supply
from tests.core.make import busy, fleet, idle, queue, resource, snapshot

MANY = 50


def calls(machine: Supply, count: int) -> int:
    """Of our own functions, in one decision about so many of these machines."""
    deployment = fleet(resource(max_instances=1000, policy="adaptive"))
    seen = snapshot(*[machine] * count, queues=[queue("q", 7)])
    decide(deployment, seen)  # what is worked out once, for good
    found = 0

    def counted(frame: FrameType, event: str, _: object) -> None:
        nonlocal found
        found += event == "call" and frame.f_globals["__name__"].startswith("autoscaler.")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        decide(deployment, seen)
    finally:
        sys.setprofile(before)
    return found


@pytest.mark.parametrize(
    ("machine", "most"),
    [
        pytest.param(busy(), 16, id="a machine that works"),
        pytest.param(idle(), 40, id="a machine without work"),
    ],
)
def test_a_machine_more_takes_a_few_calls_more_however_many_there_are(
    machine: Supply, most: int
) -> None:
    one, two, four = (calls(machine, MANY * times) for times in (1, 2, 4))
    assert two - one <= most * MANY
    assert four - two <= 2 * most * MANY
