"""What a cloud does for a dead-letter queue, in one process: somebody hears of it."""

from collections.abc import Callable

from autoscaler.adapters.local.topic import InProcessTopic
from autoscaler.core.notices import dead_letter
from autoscaler.errors import AutoscalerError, UnavailableError
from autoscaler.ports import Clock, Notifier
from autoscaler.services.poll import Tick


def telling(
    topic: InProcessTopic,
    notifier: Notifier,
    clock: Clock,
    on_tick: Callable[[Tick], None],
    on_error: Callable[[AutoscalerError], None],
) -> Callable[[Tick], None]:
    """`on_tick`, which tells of the messages that were given up since the last tick as well."""

    def heard(tick: Tick) -> None:
        now = clock.now()
        letters = topic.newly_dead()
        notices = [dead_letter(d.message.kind, d.message.id, d.reason, now) for d in letters]
        try:
            if notices:
                notifier.notify(notices)
        except UnavailableError as error:
            on_error(error)
        on_tick(tick)

    return heard
