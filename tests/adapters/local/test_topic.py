"""The manners of the topic inside the process."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from autoscaler.adapters.local.topic import DeadLetter, InProcessTopic
from autoscaler.errors import PoisonError, UnavailableError
from autoscaler.ports import Message
from tests.contracts.topic_contract import AT, Arrived, TopicContract, pointer

SECOND = timedelta(seconds=1)
LATER = AT + timedelta(minutes=1)
ERROR = UnavailableError("ClearML answers 502")


@pytest.fixture
def topic() -> InProcessTopic:
    return InProcessTopic(visibility=30 * SECOND, backoff=SECOND, max_receives=5)


class TestInProcessTopic(TopicContract):
    @pytest.fixture
    def topic(self) -> InProcessTopic:
        return InProcessTopic()

    @pytest.fixture
    def arrived(self, topic: InProcessTopic) -> Arrived:
        return lambda: [delivery.message for delivery in topic.receive(AT, 100)]


def test_a_batch_has_at_most_ten_the_oldest_first(topic: InProcessTopic) -> None:
    topic.publish([pointer(str(number)) for number in range(12)])
    assert [delivery.message.id for delivery in topic.receive(AT)] == [
        str(number) for number in range(10)
    ]
    assert [delivery.message.id for delivery in topic.receive(AT)] == ["10", "11"]


def test_what_is_handed_out_is_hidden_until_the_visibility_ends(topic: InProcessTopic) -> None:
    topic.publish([pointer()])
    assert [delivery.receives for delivery in topic.receive(AT)] == [1]
    assert not topic.receive(AT + 29 * SECOND)
    assert [delivery.receives for delivery in topic.receive(AT + 30 * SECOND)] == [2]


def test_what_is_acknowledged_never_comes_again(topic: InProcessTopic) -> None:
    topic.publish([pointer()])
    [delivery] = topic.receive(AT)
    topic.ack(delivery)
    topic.ack(delivery)
    assert not topic.receive(LATER)
    assert topic.due() is None


def test_only_the_refused_part_of_a_batch_comes_again(topic: InProcessTopic) -> None:
    topic.publish([pointer("good"), pointer("bad")])
    good, bad = topic.receive(AT)
    topic.ack(good)
    topic.nack(bad, AT, ERROR)
    assert [delivery.message.id for delivery in topic.receive(LATER)] == ["bad"]


def test_each_refusal_doubles_the_wait(topic: InProcessTopic) -> None:
    topic.publish([pointer()])
    waits, now = [], AT
    for _ in range(4):
        [delivery] = topic.receive(now)
        topic.nack(delivery, now, ERROR)
        due = topic.due()
        assert due is not None
        waits.append(due - now)
        now = due
    assert waits == [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND]


def test_the_fifth_refusal_is_the_last(topic: InProcessTopic) -> None:
    topic.publish([pointer()])
    for turn in range(5):
        now = AT + turn * 30 * SECOND
        [delivery] = topic.receive(now)
        topic.nack(delivery, now, ERROR)
    assert topic.dead == (DeadLetter(pointer(), 5, "ClearML answers 502"),)
    assert topic.due() is None


def test_five_silences_are_enough_too(topic: InProcessTopic) -> None:
    topic.publish([pointer()])
    for turn in range(5):
        assert topic.receive(AT + turn * 30 * SECOND)
    assert not topic.receive(AT + 150 * SECOND)
    assert topic.dead == (DeadLetter(pointer(), 5, "never answered"),)


def test_poison_is_set_aside_at_once(topic: InProcessTopic) -> None:
    topic.publish([pointer()])
    [delivery] = topic.receive(AT)
    topic.nack(delivery, AT, PoisonError("unknown kind"))
    assert topic.dead == (DeadLetter(pointer(), 1, "unknown kind"),)
    assert not topic.receive(LATER)


def test_an_error_without_words_is_told_by_its_name(topic: InProcessTopic) -> None:
    topic.publish([pointer()])
    [delivery] = topic.receive(AT)
    topic.nack(delivery, AT, PoisonError())
    assert topic.dead[0].reason == "PoisonError"


def test_a_late_refusal_does_not_disturb_the_second_receiver(topic: InProcessTopic) -> None:
    topic.publish([pointer()])
    [slow] = topic.receive(AT)
    [quick] = topic.receive(LATER)
    topic.nack(slow, LATER, PoisonError("too late to say so"))
    assert topic.due() == LATER + 30 * SECOND
    topic.ack(quick)
    topic.nack(slow, LATER, ERROR)
    assert not topic.dead


def test_it_is_due_at_once_after_publication(topic: InProcessTopic) -> None:
    assert topic.due() is None
    topic.publish([pointer()])
    due = topic.due()
    assert due is not None
    assert due < AT


def test_threads_receive_each_message_once(topic: InProcessTopic) -> None:
    sent = [pointer(str(number)) for number in range(400)]

    def work(part: int) -> list[Message]:
        topic.publish(sent[part * 50 : part * 50 + 50])
        mine = []
        while batch := topic.receive(AT):
            for delivery in batch:
                mine.append(delivery.message)
                topic.ack(delivery)
        return mine

    with ThreadPoolExecutor(8) as pool:
        received = [message for mine in pool.map(work, range(8)) for message in mine]
    assert sorted(message.id for message in received) == sorted(message.id for message in sent)
