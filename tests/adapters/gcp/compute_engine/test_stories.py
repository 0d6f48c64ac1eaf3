"""The real services over compute `gce`: what is called, and what becomes of it."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Self

import pytest

from autoscaler.config import parse
from autoscaler.core.decisions import Cause
from autoscaler.core.ledger import Phase, Unavailable
from tests.adapters.gcp.compute_engine.bench import GceBench, gce_bench, resource
from tests.adapters.gcp.compute_engine.fake import Trouble
from tests.services.stage import MINUTE, Stage

pytestmark = pytest.mark.timeout(180, func_only=True)  # without loading the client

SECOND = timedelta(seconds=1)
TYPE = "types: [g2-standard-4]"
INSERT = "compute.instances.insert"
ZONES = "[europe-west4-a, europe-west4-b]"
ONE = resource(TYPE)
TWO = resource(TYPE, zones=ZONES)
SPOT = resource(TYPE, "spot: true", "on_demand_fallback: true", zones=ZONES)
LATER = resource(
    TYPE, "spot: true", "on_demand_fallback: true", "fallback_after: 5m", "spot_blackout: 1m"
)
PREEMPTIBLE = resource(TYPE, "spot: true", "spot_model: preemptible")


class Play(Stage):
    """A stage whose cloud is compute `gce`; operations take eight seconds."""

    def __init__(self, patch: pytest.MonkeyPatch, text: str) -> None:
        super().__init__(wanted=parse(text).deployment())
        self._open = gce_bench(patch, text, self.clock)

    def __enter__(self) -> Self:
        self.bench: GceBench = self._open.__enter__()
        self.ports = replace(self.ports, computes={"gce": self.bench.compute})
        self.restart()
        self.began = self.clock.now()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.__exit__(None, None, None)

    @property
    def inserts(self) -> int:
        return self.bench.cloud.calls.count("instances.insert")

    @property
    def living(self) -> list[tuple[str, str]]:
        return sorted((box.zone[-1], box.market) for box in self.bench.cloud.living())

    def memory(self) -> dict[str, str]:
        """What said no, by offering."""
        rows = [row for row in self.state.live() if isinstance(row, Unavailable)]
        return {row.key.removeprefix("team/gpu:"): row.code.partition(":")[0] for row in rows}

    def sold_out(self, *places: str, market: str = "on-demand") -> None:
        for place in places:
            key = ("g2-standard-4", f"europe-west4-{place}", market)
            self.bench.cloud.capacity[key] = 0


def test_forty_machines_are_asked_for_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, ONE) as play:
        play.enqueue("work", tasks=40)
        play.play()
        assert play.inserts == 40
        assert play.clock.now() - play.began <= 10 * SECOND
        assert len(play.living) == 40
        assert play.phases() == [Phase.BOOTING] * 40
        assert len({row.instance_id for row in play.instances()}) == 40


def test_what_one_zone_lacks_comes_from_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, TWO) as play:
        play.sold_out("a")
        play.enqueue("work", tasks=3)
        play.play()
        assert play.living == [("b", "on-demand")] * 3
        assert play.phases() == [Phase.BOOTING] * 3
        sold_out = "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"
        assert play.memory() == {"g2-standard-4:europe-west4-a:on-demand": sold_out}


def test_a_part_is_better_than_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, TWO) as play:
        play.bench.cloud.capacity["g2-standard-4", "europe-west4-a", "on-demand"] = 2
        play.enqueue("work", tasks=5)
        play.play()
        assert Counter(play.living) == {("a", "on-demand"): 2, ("b", "on-demand"): 3}
        assert play.phases() == [Phase.BOOTING] * 5


def test_spot_comes_before_on_demand_in_every_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, SPOT) as play:
        play.sold_out("a", "b", market="spot")
        play.bench.cloud.capacity["g2-standard-4", "europe-west4-b", "spot"] = 1
        play.enqueue("work", tasks=2)
        play.play()
        assert play.living == [("a", "on-demand"), ("b", "spot")]
        assert {key.rpartition(":")[2] for key in play.memory()} == {"spot"}


def test_spot_is_tried_for_as_long_as_the_operator_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, LATER) as play:
        play.sold_out("a", market="spot")
        play.enqueue("work")
        for _ in range(5):
            play.play()
            assert play.living == []
            play.advance(MINUTE)
        play.minutes(2)
        assert play.living == [("a", "on-demand")]


def test_a_quota_closes_every_offering_that_shares_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, SPOT) as play:
        play.bench.cloud.quotas["europe-west4", "spot"] = 0
        play.enqueue("work", tasks=2)
        play.play()
        spot = [o.key for o in play.deployment.resources[0].offerings if o.market == "spot"]
        assert play.memory() == dict.fromkeys(spot, "quotaExceeded")
        assert play.living == [("a", "on-demand")] * 2
        assert play.inserts == 3  # the first alone is told of the quota


@pytest.mark.parametrize(
    "lands", [pytest.param(True, id="it landed"), pytest.param(False, id="it did not")]
)
def test_an_answer_that_never_came_starts_no_machine_twice(
    monkeypatch: pytest.MonkeyPatch, *, lands: bool
) -> None:
    with Play(monkeypatch, ONE) as play:
        play.bench.cloud.troubles.append(Trouble(INSERT, "backendError", 500, lands=lands))
        play.enqueue("work", tasks=3)
        play.play()
        assert len(play.living) == lands
        play.minutes(3)
        assert len(play.living) == 3
        assert len(play.instances()) == 3
        assert {row.phase for row in play.instances()} == {Phase.BOOTING}


def test_a_limit_of_speed_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, ONE) as play:
        play.bench.cloud.troubles.append(Trouble(INSERT, "rateLimitExceeded", 403))
        play.enqueue("work", tasks=2)
        play.play()
        assert play.living == []
        play.play(after=12 * SECOND)
        assert len(play.living) == 2
        assert {launch.attempt for launch in play.launches()} == {1}


def test_an_operation_that_takes_too_long_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Play(monkeypatch, ONE) as play:
        play.bench.cloud.takes = 5 * MINUTE
        play.enqueue("work")
        play.play()
        (open_one,) = play.launches()
        assert (open_one.attempt, open_one.unsettled) == (1, True)
        play.minutes(8)
        assert len(play.living) == 1
        assert [row.phase for row in play.instances()] == [Phase.BOOTING]
        assert {launch.attempt for launch in play.launches()} <= {1}


def test_what_fails_after_it_was_seen_is_asked_for_again_and_not_bound_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A machine that Google is still making is listed; then there is none left after all."""
    with Play(monkeypatch, TWO) as play:
        play.bench.cloud.takes = 90 * SECOND
        play.sold_out("a")
        play.enqueue("work")
        play.play()
        play.minutes(8)
        assert [zone for zone, _ in play.living] == ["b"]
        living = [row for row in play.instances() if row.phase != Phase.GONE]
        assert [row.zone for row in living] == ["europe-west4-b"]


def test_an_operators_mistake_stops_launches_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, ONE) as play:
        play.bench.cloud.absent.add("global/images/family/ml")
        play.enqueue("work")
        play.play()
        play.minutes(3)
        assert play.inserts == 1
        assert "notFound" in play.did_not(Cause.BREAKER_OPEN).reason


def test_a_type_that_one_zone_does_not_have_comes_from_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Play(monkeypatch, TWO) as play:
        play.bench.cloud.absent.add("zones/europe-west4-a/machineTypes/g2-standard-4")
        play.enqueue("work")
        play.play()
        assert play.living == [("b", "on-demand")]


@pytest.mark.parametrize(
    "text", [pytest.param(SPOT, id="spot"), pytest.param(PREEMPTIBLE, id="preemptible")]
)
def test_a_machine_that_google_took_back_is_known_at_the_next_look(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    with Play(monkeypatch, text) as play:
        play.enqueue("work")
        play.play()
        (box,) = play.bench.cloud.living()
        play.bench.cloud.preempt(box)
        play.play(after=MINUTE)
        gone = [row for row in play.instances() if row.instance_id == box.name]
        assert [row.phase for row in gone] == [Phase.GONE]


def test_a_disk_that_a_machine_left_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, ONE) as play:
        play.enqueue("work")
        play.play()
        (box,) = play.bench.cloud.living()
        play.bench.cloud.power_off(box)
        play.minutes(2)
        assert "instances.delete" in play.bench.cloud.calls
        assert box.name not in [each.name for each in play.bench.cloud.boxes.values()]


def test_somebody_elses_machine_with_our_labels_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Play(monkeypatch, ONE) as play:
        play.enqueue("work")
        play.play()
        (ours,) = play.bench.cloud.living()
        for name in ("forged", ours.name[:-12] + "0" * 12):
            play.bench.cloud.insert("europe-west4-b", {**ours.asked, "name": name}, "")
        play.minutes(3)
        forged = {box.name for box in play.bench.cloud.living()} - {ours.name}
        assert [row.instance_id for row in play.instances()] == [ours.name]
        assert len(forged) == 2
        assert set(play.poller.preview()[0].foreign) == forged
        for box in [box for box in play.bench.cloud.living() if box.name in forged]:
            play.bench.cloud.power_off(box)
        play.minutes(2)
        assert "instances.delete" not in play.bench.cloud.calls


def test_machines_are_adopted_after_the_table_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, ONE) as play:
        play.enqueue("work", tasks=2)
        play.play()
        play.lose_the_table()
        play.minutes(2)
        names = {box.name for box in play.bench.cloud.living()}
        assert {row.instance_id for row in play.instances()} == names
        assert len(play.living) == 2


def test_the_queue_that_a_machine_serves_is_told_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with Play(monkeypatch, ONE) as play:
        play.enqueue("work")
        play.play()
        queue = play.clearml.queues.find("work")
        (box,) = play.bench.cloud.living()
        assert queue
        assert box.asked["labels"]["clearml-autoscaler-queue-00"] == queue.id
