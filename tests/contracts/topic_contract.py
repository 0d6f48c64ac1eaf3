"""What every Topic promises."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from autoscaler.ports import Message, Topic

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)

Arrived = Callable[[], Sequence[Message]]


def pointer(key: str = "01ARZ3NDEKTSV4RRFFQ69G5FAV", reason: str = "2 tasks wait") -> Message:
    return Message(kind="launch", deployment="lab", id=key, gen=7, reason=reason, at=AT)


class TopicContract:
    """A subclass gives `topic`, and `arrived`: all that has come out of it, waited for."""

    @pytest.fixture
    def topic(self) -> Topic:
        raise NotImplementedError

    @pytest.fixture
    def arrived(self) -> Arrived:
        raise NotImplementedError

    def test_a_message_arrives_as_it_was_published(self, topic: Topic, arrived: Arrived) -> None:
        topic.publish([pointer()])
        assert pointer() in arrived()

    def test_no_messages_are_fine(self, topic: Topic, arrived: Arrived) -> None:
        topic.publish([])
        assert not arrived()

    def test_every_message_of_a_large_batch_arrives(self, topic: Topic, arrived: Arrived) -> None:
        sent = [pointer(str(number)) for number in range(25)]
        topic.publish(sent)
        assert {message.id for message in arrived()} == {message.id for message in sent}

    def test_a_message_may_be_published_again(self, topic: Topic, arrived: Arrived) -> None:
        topic.publish([pointer()])
        topic.publish([pointer(), pointer("another")])
        assert {message.id for message in arrived()} == {pointer().id, "another"}

    @pytest.mark.parametrize(
        "reason",
        ["", "größer, 机器 🚀", 'a "quoted" \\ and <b>&amp;</b>', "two\nlines\tand a tab"],
    )
    def test_words_arrive_letter_by_letter(
        self, topic: Topic, arrived: Arrived, reason: str
    ) -> None:
        topic.publish([pointer(reason=reason)])
        assert [message.reason for message in arrived()] == [reason]
