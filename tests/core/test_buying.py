"""Which offerings are asked next, and how long those rest that said no."""

from collections.abc import Sequence

import pytest

from autoscaler.core import buying
from autoscaler.core.fleet import Offering, Preferred
from autoscaler.core.ledger import Unavailable
from tests.core.make import NOW, minutes, resource, unavailable

SPOT, DEAR = Offering(type="cpu", zone="z", market="spot"), Offering(type="cpu")
LATER = Offering(type="cpu", after=minutes(10))
RESTS = SPOT.model_copy(update={"pause": minutes(40)})
ZONES = [Offering(type="cpu", zone=z, market="spot", together="spot") for z in "xyz"]
POOL = [Offering(type=t, zone=z, market="spot", together="spot") for t in "ab" for z in "yz"]


@pytest.mark.parametrize(
    ("memory", "found"),
    [
        pytest.param([], [SPOT], id="the first that the operator names"),
        pytest.param([unavailable(offering="cpu:z:spot")], [DEAR], id="the next when it said no"),
        pytest.param([unavailable(offering="cpu:z:spot", left=0)], [SPOT], id="for a while"),
        pytest.param(
            [unavailable("b", "cpu:z:spot")], [SPOT], id="a no to another resource is none"
        ),
        pytest.param(
            [unavailable(offering="cpu:z:spot"), unavailable(offering="cpu:on-demand")],
            [],
            id="none when all said no",
        ),
    ],
)
def test_next_offering(memory: Sequence[Unavailable], found: Sequence[Offering]) -> None:
    asked = resource(offerings=(SPOT, DEAR))
    assert list(buying.next_offerings(asked, memory, NOW)) == found


@pytest.mark.parametrize(
    ("refused", "found"),
    [
        pytest.param([], POOL, id="all that one call may use"),
        pytest.param(["a:y:spot"], POOL[1:], id="but those that said no"),
        pytest.param([o.key for o in POOL], [DEAR], id="the next alone when all of them said no"),
    ],
)
def test_offerings_of_one_call(refused: Sequence[str], found: Sequence[Offering]) -> None:
    asked = resource(offerings=(*POOL, DEAR))
    memory = [unavailable(offering=each) for each in refused]
    assert list(buying.next_offerings(asked, memory, NOW)) == found


def last_no(*minutes_ago: float | None) -> list[Unavailable]:
    """Of the zones of a pool, in their order; none is closed any more."""
    said = zip(ZONES, minutes_ago, strict=True)
    return [unavailable(offering=o.key, left=-ago) for o, ago in said if ago is not None]


@pytest.mark.parametrize(
    ("troubles", "order"),
    [
        pytest.param((None, None, None), "xyz", id="the operator's order"),
        pytest.param((30, None, None), "yzx", id="one with trouble comes last"),
        pytest.param((5, 90, 20), "yzx", id="the longer ago the better"),
        pytest.param((5, 5, None), "zxy", id="at once is in the operator's order"),
    ],
)
def test_zones_of_one_kind_take_turns(troubles: Sequence[float | None], order: str) -> None:
    asked = resource(offerings=(*ZONES, DEAR))
    found = buying.next_offerings(asked, last_no(*troubles), NOW)
    assert "".join(o.zone for o in found) == order


def test_trouble_in_a_zone_makes_no_other_kind_better() -> None:
    cheap = SPOT.model_copy(update={"hourly_price": 0.1})
    dear = SPOT.model_copy(update={"hourly_price": 0.2, "zone": "y"})
    memory = [unavailable(offering=cheap.key, left=-1)]
    (first,) = buying.next_offerings(resource(offerings=(cheap, dear)), memory, NOW)
    assert first == cheap


def test_a_machine_that_is_taken_back_is_as_good_as_a_no() -> None:
    first = buying.taken_back(None, "lab/a:cpu:z:spot", NOW)
    assert (first.until, first.count, first.code) == (NOW + minutes(3), 1, "TakenBack")
    assert buying.taken_back(first, first.key, NOW + minutes(2)) == first  # one of the same
    again = buying.taken_back(first, first.key, NOW + minutes(4))
    assert (again.until, again.count) == (NOW + minutes(10), 2)


@pytest.mark.parametrize(
    ("since", "prefer", "found"),
    [
        pytest.param([], "", [SPOT], id="spot is there"),
        pytest.param([0], "", [], id="spot said no just now: on-demand has to wait"),
        pytest.param([9], "", [], id="it has not said no for long enough"),
        pytest.param([10], "", [LATER], id="it has said no for as long as was asked for"),
        pytest.param([0], "on-demand", [LATER], id="who prefers on-demand does not wait"),
    ],
)
def test_an_offering_that_waits_for_others(
    since: Sequence[float], prefer: Preferred, found: Sequence[Offering]
) -> None:
    asked = resource(offerings=(SPOT, LATER))
    memory = [unavailable(offering=SPOT.key, since=each) for each in since]
    assert list(buying.next_offerings(asked, memory, NOW, prefer)) == found


@pytest.mark.parametrize(
    ("since", "again"),
    [
        pytest.param(0, 3, id="when the refused one is asked again"),
        pytest.param(8, 2, id="or when another one need not wait any more"),
    ],
)
def test_when_something_changes(since: float, again: float) -> None:
    asked = resource(offerings=(SPOT, LATER))
    memory = [unavailable(offering=SPOT.key, since=since)]
    assert buying.next_change(asked, memory, NOW) == NOW + minutes(again)


@pytest.mark.parametrize(
    ("offering", "since", "pause"),
    [
        pytest.param(RESTS, None, None, id="not while another one waits for it to say no"),
        pytest.param(RESTS, 10, 40, id="once that one is used"),
        pytest.param(LATER, 10, None, id="that one itself has none"),
    ],
)
def test_how_long_the_operator_lets_an_offering_rest(
    offering: Offering, since: float | None, pause: float | None
) -> None:
    asked = resource(offerings=(RESTS, LATER))
    before = None if since is None else unavailable(since=since)
    found = buying.pause_of(asked, offering.key, before, NOW)
    assert found == (None if pause is None else minutes(pause))


def test_a_pause_that_the_operator_chose_does_not_grow() -> None:
    memory = buying.refused_again(None, "lab/a:cpu", "No", NOW, pause=minutes(40))
    again = buying.refused_again(memory, memory.key, "No", memory.until, pause=minutes(40))
    assert (again.until, again.since, again.count) == (NOW + minutes(80), NOW, 2)


@pytest.mark.parametrize(
    ("memory", "offering"),
    [
        pytest.param([], DEAR, id="the first of the preferred market"),
        pytest.param(
            [unavailable(offering="cpu:on-demand")], SPOT, id="any other when it said no"
        ),
    ],
)
def test_next_offering_of_a_preferred_market(
    memory: Sequence[Unavailable], offering: Offering
) -> None:
    last = DEAR.model_copy(update={"type": "more"})
    asked = resource(offerings=(SPOT, DEAR, last))
    closed = [*memory, unavailable(offering="more:on-demand")] if memory else []
    assert buying.next_offerings(asked, closed, NOW, "on-demand") == (offering,)


@pytest.mark.parametrize(
    ("type", "zone", "market", "price"),
    [
        pytest.param("cpu", "z", "spot", 0.1, id="type, zone and market"),
        pytest.param("cpu", "y", "spot", 0.1, id="in a zone that is not offered as in others"),
        pytest.param("cpu", "y", "on-demand", 0.5, id="an offering for any zone"),
        pytest.param("cpu", "za", "spot", 0.1, id="an offering for the zone's region"),
        pytest.param("cpu", "", "", 0.5, id="a compute without zones and markets"),
        pytest.param("gpu", "", "", None, id="a type that is not offered"),
    ],
)
def test_what_a_machine_costs(type: str, zone: str, market: str, price: float | None) -> None:
    spot = SPOT.model_copy(update={"hourly_price": 0.1})
    dear = DEAR.model_copy(update={"hourly_price": 0.5})
    assert resource(offerings=(spot, dear)).hourly_price(type, zone, market) == price


def test_a_refusal_is_remembered_for_3_then_6_then_12_then_15_minutes() -> None:
    memory = buying.refused_again(None, "lab/a:cpu", "NoCapacity", NOW)
    pauses = [memory.until - NOW]
    for _ in range(59):
        now = memory.until
        memory = buying.refused_again(memory, "lab/a:cpu", "NoCapacity", now)
        pauses.append(memory.until - now)
    assert pauses == [minutes(3), minutes(6), minutes(12), *[minutes(15)] * 57]
    assert (memory.key, memory.code, memory.count) == ("lab/a:cpu", "NoCapacity", 60)


@pytest.mark.parametrize(
    ("since", "pause"),
    [
        pytest.param(14, 6, id="refused again soon after it was asked again"),
        pytest.param(15, 3, id="refused again after a quiet time: that is a new story"),
    ],
)
def test_old_refusals_fade(since: int, pause: int) -> None:
    before = unavailable(left=-since).model_copy(update={"revision": 7})
    memory = buying.refused_again(before, before.key, "NoCapacity", NOW)
    assert memory.until == NOW + minutes(pause)
    assert memory.revision == 7
