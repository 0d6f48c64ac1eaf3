"""The topic of the fault runs."""

from datetime import timedelta

import pytest

from autoscaler.adapters.memory.topic import MemoryTopic
from tests.contracts.topic_contract import AT, Arrived, TopicContract, pointer

SENT = [pointer(str(number)) for number in range(200)]


class TestMemoryTopic(TopicContract):
    @pytest.fixture
    def topic(self) -> MemoryTopic:
        return MemoryTopic()

    @pytest.fixture
    def arrived(self, topic: MemoryTopic) -> Arrived:
        return lambda: topic.receive(AT)


def ids(topic: MemoryTopic) -> list[str]:
    topic.publish(SENT)
    return [message.id for message in topic.receive(AT)]


def test_it_keeps_the_order_unless_told_otherwise() -> None:
    assert ids(MemoryTopic()) == [message.id for message in SENT]


def test_it_hands_out_once() -> None:
    topic = MemoryTopic()
    assert ids(topic)
    assert not topic.receive(AT)


def test_it_loses_some() -> None:
    assert 0 < len(ids(MemoryTopic(lost=0.5))) < len(SENT)


def test_it_doubles_some() -> None:
    assert len(SENT) < len(ids(MemoryTopic(doubled=0.5))) < 2 * len(SENT)


def test_it_reorders_some() -> None:
    found = ids(MemoryTopic(reordered=0.5))
    assert found != [message.id for message in SENT]
    assert sorted(found) == sorted(message.id for message in SENT)


def test_it_delays_within_the_limit_and_says_until_when() -> None:
    topic = MemoryTopic(delay=timedelta(minutes=1))
    topic.publish([pointer()])
    due = topic.due()
    assert due is not None
    assert AT < due < AT + timedelta(minutes=1)
    assert not topic.receive(due - timedelta(microseconds=1))
    assert topic.receive(due)
    assert topic.due() is None


def test_the_same_seed_does_the_same_again() -> None:
    first, again, other = (
        ids(MemoryTopic(seed=seed, lost=0.2, doubled=0.2, reordered=0.2)) for seed in (1, 1, 2)
    )
    assert first == again != other


def test_it_remembers_what_was_published_even_what_it_lost() -> None:
    topic = MemoryTopic(lost=1)
    assert not ids(topic)
    assert topic.published == SENT
