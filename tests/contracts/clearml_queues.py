"""What every Queues promises."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from autoscaler.core.seen import PAUSE_TAG
from autoscaler.errors import ConfigError
from autoscaler.ports import Queues
from autoscaler.world.clearml import ClearML
from tests.contracts.clearml_scenes import HIDDEN, line_up


class QueuesContract:
    """A subclass gives `world` and the port over it."""

    @pytest.fixture
    def world(self) -> ClearML:
        raise NotImplementedError

    @pytest.fixture
    def queues(self, world: ClearML) -> Queues:
        raise NotImplementedError

    def test_a_queue_is_found_by_its_name_and_by_its_id(
        self, world: ClearML, queues: Queues
    ) -> None:
        gpu = world.queues.create("gpu")
        assert [queue.id for queue in queues.read(["gpu"])] == [gpu.id]
        assert [queue.name for queue in queues.read([gpu.id])] == ["gpu"]

    def test_names_and_ids_may_be_mixed(self, world: ClearML, queues: Queues) -> None:
        world.queues.create("other")
        gpu, cpu = world.queues.create("gpu"), world.queues.create("cpu")
        found = queues.read([gpu.id, "cpu"])
        assert {queue.id for queue in found} == {gpu.id, cpu.id}

    def test_a_queue_that_is_referred_to_twice_comes_once(
        self, world: ClearML, queues: Queues
    ) -> None:
        gpu = world.queues.create("gpu")
        assert len(queues.read([gpu.id, "gpu", "gpu"])) == 1

    def test_what_does_not_exist_is_left_out(self, world: ClearML, queues: Queues) -> None:
        world.queues.create("gpu")
        found = queues.read(["gpu", "missing", "0" * 32])
        assert [queue.name for queue in found] == ["gpu"]

    def test_no_refs_give_no_queues(self, queues: Queues) -> None:
        assert not queues.read([])

    def test_a_name_is_the_whole_name(self, world: ClearML, queues: Queues) -> None:
        for name in ("gpu", "gpu-large", "my gpu", "GPU"):
            world.queues.create(name)
        assert [queue.name for queue in queues.read(["gpu"])] == ["gpu"]

    @pytest.mark.parametrize(
        "name",
        ["a.b (gpu)+[x]", "^100$ {2}|?*", "back\\slash", "a-b_c/d#e&f~g", "größer 机器", "a  b"],
    )
    def test_a_name_is_no_pattern(self, world: ClearML, queues: Queues, name: str) -> None:
        world.queues.create("axb (gpu)+x")
        queue = world.queues.create(name)
        assert [found.id for found in queues.read([name, "default"])[:1]] == [queue.id]

    def test_a_name_may_look_like_an_id(self, world: ClearML, queues: Queues) -> None:
        queue = world.queues.create("0123456789abcdef" * 2)
        other = world.queues.create("other")
        assert [found.id for found in queues.read([queue.name])] == [queue.id]
        assert {found.id for found in queues.read([queue.name, "other"])} == {queue.id, other.id}

    def test_hidden_queues_are_seen(self, world: ClearML, queues: Queues) -> None:
        hidden = world.queues.create("hidden", system_tags=[HIDDEN])
        assert queues.read(["hidden"])
        assert queues.read([hidden.id])
        assert len(queues.read([hidden.id, "default"])) == 2

    @pytest.mark.parametrize("by", ["name", "id", "both"])
    def test_more_queues_than_one_answer_holds_are_all_read(
        self, world: ClearML, queues: Queues, by: str
    ) -> None:
        made = [world.queues.create(f"queue {number}") for number in range(1001)]
        refs = [
            queue.id if by == "id" or (by == "both" and number % 2) else queue.name
            for number, queue in enumerate(made)
        ]
        assert {queue.id for queue in queues.read(refs)} == {queue.id for queue in made}

    def test_waiting_tasks_are_counted_and_the_oldest_is_known(
        self, world: ClearML, queues: Queues
    ) -> None:
        gpu = world.queues.create("gpu")
        line_up(world, gpu.id, "one", "two", "three")
        (queue,) = queues.read(["gpu"])
        added = [entry.added for entry in world.queues.get(gpu.id).entries]
        assert queue.waiting == 3
        assert queue.oldest
        assert abs(queue.oldest - min(added)) < timedelta(milliseconds=1)

    def test_an_empty_queue_has_no_oldest_task(self, queues: Queues) -> None:
        (queue,) = queues.read(["default"])
        assert (queue.waiting, queue.oldest) == (0, None)

    @pytest.mark.parametrize(
        ("tags", "paused"), [([PAUSE_TAG], True), (["force_workers:on"], False), ([], False)]
    )
    def test_the_operators_tag_pauses_a_queue(
        self, world: ClearML, queues: Queues, tags: Sequence[str], paused: bool
    ) -> None:
        world.queues.create("gpu", tags=["team a", *tags])
        (queue,) = queues.read(["gpu"])
        assert queue.paused is paused

    def test_a_created_queue_can_be_read(self, queues: Queues) -> None:
        queues.create("new one")
        assert [queue.name for queue in queues.read(["new one"])] == ["new one"]

    def test_a_queue_may_be_created_again(self, world: ClearML, queues: Queues) -> None:
        world.queues.create("gpu")
        queues.create("gpu")
        assert len(queues.read(["gpu"])) == 1

    def test_a_name_that_clearml_refuses_is_the_operators_mistake(self, queues: Queues) -> None:
        with pytest.raises(ConfigError) as caught:
            queues.create("g")
        assert caught.value.problems[0].value == "g"
