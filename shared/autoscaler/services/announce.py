"""Which rows want to be looked at now: the pointers that a tick publishes (rule R14)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from autoscaler.core.ledger import Instance, Launch, Phase
from autoscaler.core.rows import LiveSet
from autoscaler.ports import Message, Topic

_LEAVING = (Phase.DRAINING, Phase.TERMINATING)


def announcements(deployment: str, rows: LiveSet, now: datetime, gen: int) -> Iterator[Message]:
    """A pointer to each launch that may be called and each instance the reaper should see."""
    for launch in rows.launches:
        if _is_due(launch, now):
            yield _pointer("launch", deployment, launch.key, launch.reason, now, gen)
    for row in rows.instances:
        if _wants_the_reaper(row, now):
            yield _pointer("reap", deployment, row.key, row.reason, now, gen)


def poke(deployment: str, reason: str, now: datetime, gen: int = 0) -> Message:
    """Wakes the poller before its next time."""
    return _pointer("poke", deployment, "", reason, now, gen)


class Pointers:
    """The Topic port without pokes: who looks again within its minute need not be woken."""

    def __init__(self, topic: Topic) -> None:
        self._topic = topic

    def publish(self, messages: Sequence[Message]) -> None:
        self._topic.publish([message for message in messages if message.kind != "poke"])


def _is_due(launch: Launch, now: datetime) -> bool:
    if launch.state == "CLOSED" or launch.deadline <= now:
        return False
    is_new = launch.attempt == 0 and launch.requested_at == now
    return is_new or launch.next_check is None or launch.next_check <= now


def _wants_the_reaper(row: Instance, now: datetime) -> bool:
    is_due = row.next_check is None or row.next_check <= now
    if row.phase in _LEAVING:
        return is_due or row.drain_at == now
    if row.phase == Phase.GONE:
        return is_due and not row.settled
    return row.phase == Phase.UP and (row.unheard or bool(row.drain_nonce))


def _pointer(
    kind: str, deployment: str, key: str, reason: str, now: datetime, gen: int
) -> Message:
    return Message.model_validate(
        {
            "kind": kind,
            "deployment": deployment,
            "id": key,
            "gen": gen,
            "reason": reason,
            "at": now,
        }
    )
