"""The real services over compute `ec2`: what is called, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Self

import pytest

from autoscaler.config import parse
from autoscaler.core.decisions import Cause
from autoscaler.core.ledger import Phase, Unavailable
from tests.adapters.aws.ec2_bench import CONFIG, QUEUE, Ec2Bench, ec2_bench, resource
from tests.adapters.aws.fake_ec2 import Trouble
from tests.services.stage import MINUTE, Stage

LAUNCHES = {"RunInstances", "CreateFleet"}
SECOND = timedelta(seconds=1)
ONE = resource("types: [g5.xlarge]")
SPOT = resource(
    "types: [g5.xlarge, g6.xlarge]",
    "zones: [eu-central-1a, eu-central-1b]",
    "spot: true",
    "on_demand_fallback: true",
)
LATER = SPOT.replace(
    "on_demand_fallback: true", "on_demand_fallback: true\n        fallback_after: 5m"
)


class Play(Stage):
    """A stage whose cloud is compute `ec2`; each call that starts machines takes two seconds."""

    def __init__(self, patch: pytest.MonkeyPatch, text: str) -> None:
        super().__init__(wanted=parse(text).deployment())
        self._open = ec2_bench(patch, text, self.clock)

    def __enter__(self) -> Self:
        self.bench: Ec2Bench = self._open.__enter__()
        self.ports = replace(self.ports, computes={"ec2": self.bench.compute})
        self.restart()
        self.began = self.clock.now()
        self.bench.cloud.on_call = lambda call: self.clock.advance((call in LAUNCHES) * 2 * SECOND)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.__exit__(None, None, None)

    @property
    def launch_calls(self) -> list[str]:
        return [call for call in self.bench.cloud.calls if call in LAUNCHES]

    @property
    def living(self) -> list[tuple[str, str, str]]:
        return sorted((box.type, box.zone, box.market) for box in self.bench.cloud.living())

    def memory(self) -> dict[str, str]:
        """What said no, by offering."""
        rows = [row for row in self.state.live() if isinstance(row, Unavailable)]
        return {row.key.removeprefix("team/gpu:"): row.code for row in rows}


@pytest.mark.parametrize(
    "text", [pytest.param(ONE, id="one type"), pytest.param(SPOT, id="a fleet")]
)
def test_a_hundred_machines_take_two_calls_and_less_than_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    with Play(monkeypatch, text) as play:
        play.enqueue("work", tasks=100)
        play.play()
        assert len(play.launch_calls) <= 2
        assert play.clock.now() - play.began <= 10 * SECOND
        assert len(play.living) == 100
        assert play.phases() == [Phase.BOOTING] * 100
        assert len({row.instance_id for row in play.instances()}) == 100


def test_too_many_calls_at_once_are_spread_over_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    head, _, last = CONFIG.partition("      - name: gpu")
    text = head + "".join(
        f"      - name: gpu{n}{last.replace('[work]', f'[queue-{n}]')}" for n in range(8)
    )
    with Play(monkeypatch, text) as play:
        play.bench.cloud.on_call = lambda _: None  # eight functions at the same time
        for n in range(8):
            play.enqueue(f"queue-{n}")
        play.play()
        assert len(play.living) == 5
        play.play(after=4 * SECOND)
        assert len(play.living) == 8
        assert play.phases() == [Phase.BOOTING] * 8


def test_what_one_pool_lacks_comes_from_the_others_and_from_on_demand_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Play(monkeypatch, SPOT) as play:
        left = {"g5.xlarge:eu-central-1a": 1, "g5.xlarge:eu-central-1b": 0}
        left |= {"g6.xlarge:eu-central-1a": 2, "g6.xlarge:eu-central-1b": 0}
        for pool, many in left.items():
            type, _, zone = pool.partition(":")
            play.bench.cloud.capacity[type, zone, "spot"] = many
        play.enqueue("work", tasks=5)
        play.play()
        assert play.launch_calls == ["CreateFleet", "CreateFleet"]
        told = [event.event for event in play.told() if "attempt" in event.event]
        assert told[0] == "attempt 1: g5.xlarge:eu-central-1a:spot or one of 3 others"
        assert [market for _, _, market in play.living] == [
            "on-demand",
            "on-demand",
            "spot",
            "spot",
            "spot",
        ]
        assert play.memory() == {f"{pool}:spot": "InsufficientInstanceCapacity" for pool in left}
        assert play.phases() == [Phase.BOOTING] * 5


def test_spot_is_tried_for_as_long_as_the_operator_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, LATER) as play:
        for type in ("g5.xlarge", "g6.xlarge"):
            for zone in play.bench.cloud.zones:
                play.bench.cloud.capacity[type, zone, "spot"] = 0
        play.enqueue("work")
        for _ in range(5):
            play.play()
            assert play.living == []
            play.advance(MINUTE)
        play.play(after=MINUTE)
        play.play(after=MINUTE)
        assert [market for _, _, market in play.living] == ["on-demand"]
        assert play.launch_calls == ["CreateFleet"] * 3  # spot twice, and what there was then


def test_a_limit_of_spot_machines_closes_every_spot_offering(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Play(monkeypatch, SPOT) as play:
        play.bench.cloud.troubles.append(Trouble("CreateFleet", "MaxSpotInstanceCountExceeded"))
        play.enqueue("work", tasks=2)
        play.play()
        assert set(play.memory()) == {o.key for o in play.deployment.resources[0].offerings[:4]}
        assert [market for _, _, market in play.living] == ["on-demand"] * 2


@pytest.mark.parametrize(
    "text", [pytest.param(ONE, id="one type"), pytest.param(SPOT, id="a fleet")]
)
@pytest.mark.parametrize(
    "lands", [pytest.param(True, id="it landed"), pytest.param(False, id="it did not")]
)
def test_an_answer_that_never_came_starts_no_machine_twice(
    monkeypatch: pytest.MonkeyPatch, text: str, *, lands: bool
) -> None:
    with Play(monkeypatch, text) as play:
        (call,) = {"CreateFleet"} if text == SPOT else {"RunInstances"}
        play.bench.cloud.troubles.append(Trouble(call, "InternalError", 500, lands=lands))
        play.enqueue("work", tasks=3)
        play.play()
        assert len(play.living) == 3 * lands
        play.minutes(3)
        assert len(play.living) == 3
        assert len(play.instances()) == 3
        assert {row.phase for row in play.instances()} == {Phase.BOOTING}


def test_an_operators_mistake_stops_launches_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, resource("types: [g5.xlarge]", "ami: ami-00000000")) as play:
        play.enqueue("work")
        play.play()
        play.minutes(3)
        assert play.launch_calls == ["RunInstances"]
        assert "InvalidAMIID.NotFound" in play.did_not(Cause.BREAKER_OPEN).reason


@pytest.mark.parametrize(
    "text", [pytest.param(ONE, id="one type"), pytest.param(SPOT, id="a fleet")]
)
def test_somebody_elses_machine_with_our_tags_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    with Play(monkeypatch, text) as play:
        play.enqueue("work")
        play.play()
        (ours,) = play.bench.cloud.living()
        tags = {key: value for key, value in ours.tags.items() if not key.startswith("aws:")}
        (forged,) = play.bench.cloud.start(
            1,
            token="another",
            type="g5.xlarge",
            zone="eu-central-1a",
            market="on-demand",
            asked=ours.asked,
            tags=tags,
        )
        play.minutes(3)
        assert [row.instance_id for row in play.instances()] == [ours.id]
        assert forged in play.bench.cloud.living()
        assert play.poller.preview()[0].foreign == (forged.id,)


def test_a_machine_of_a_fleet_whose_answer_was_lost_with_the_table_is_adopted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Play(monkeypatch, SPOT) as play:
        play.enqueue("work", tasks=2)
        play.play()
        play.lose_the_table()
        play.minutes(2)
        assert {row.instance_id for row in play.instances()} == {
            b.id for b in play.bench.cloud.living()
        }
        assert len(play.living) == 2


def test_the_queue_that_a_machine_serves_is_told_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, ONE) as play:
        play.enqueue("work")
        play.play()
        queue = play.clearml.queues.find("work")
        (box,) = play.bench.cloud.living()
        assert queue
        assert queue.id != QUEUE
        assert box.tags["clearml-autoscaler:queues"] == queue.id
