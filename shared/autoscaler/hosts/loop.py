"""What a cloud does for functions, in one process: the schedule, the topic's deliveries."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from autoscaler.adapters.local.topic import Delivery, InProcessTopic
from autoscaler.errors import AutoscalerError
from autoscaler.ports import Clock, Message
from autoscaler.services.launch import Launcher
from autoscaler.services.poll import Poller, Tick
from autoscaler.services.reap import Reaper

log = logging.getLogger(__name__)

_LONGEST_WAIT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look: by itself, and while a poke says that machines are on their way."""

    interval: timedelta
    poked: timedelta = timedelta(seconds=2)


class Loop:
    """Runs ticks and hands messages over until it is told to stop. One thread, no surprises.

    `on_tick` hears every tick, `on_error` every failure that the next tick will mend. Without
    a launcher nothing starts: messages that ask for it are dropped.
    """

    def __init__(
        self,
        *,
        poller: Poller,
        launcher: Launcher | None,
        reaper: Reaper,
        topic: InProcessTopic,
        clock: Clock,
        pace: Pace,
        on_tick: Callable[[Tick], None],
        on_error: Callable[[AutoscalerError], None],
    ) -> None:
        self._poller = poller
        self._launcher = launcher
        self._reaper = reaper
        self._topic = topic
        self._clock = clock
        self._pace = pace
        self._on_tick = on_tick
        self._on_error = on_error
        self._next_tick: datetime | None = None

    def run(
        self,
        stop: Event,
        *,
        until: Callable[[Tick], bool] = lambda _: False,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Return when `stop` is set, or once `until` is true of the last tick.

        It is asked when messages were handed over, those of that tick among them. `check` is
        asked before anything is done; what it raises ends the loop.
        """
        tick: Tick | None = None
        while not stop.is_set():
            check()
            now = self._clock.now()
            if self._next_tick is None or self._next_tick <= now:
                tick = self._tick(now)
            self._deliver()
            if tick and until(tick):
                return
            stop.wait(self._pause().total_seconds())

    def _tick(self, now: datetime) -> Tick | None:
        self._next_tick = now + self._pace.interval
        try:
            tick = self._poller.tick()
        except AutoscalerError as error:
            self._on_error(error)
            return None
        self._on_tick(tick)
        return tick

    def _deliver(self) -> None:
        for delivery in self._topic.receive(self._clock.now()):
            try:
                self._handle(delivery)
            except AutoscalerError as error:
                self._on_error(error)
                self._topic.nack(delivery, self._clock.now(), error)
            else:
                self._topic.ack(delivery)

    def _handle(self, delivery: Delivery) -> None:
        message: Message = delivery.message
        match message.kind:
            case "launch" if self._launcher:
                self._launcher(message.id)
            case "launch":
                log.info("launch_dropped", extra={"launch": message.id})
            case "reap":
                self._reaper(message.id)
            case "poke":
                self._poke()

    def _poke(self) -> None:
        soon = self._clock.now() + min(self._pace.poked, self._pace.interval)
        self._next_tick = min(self._next_tick or soon, soon)

    def _pause(self) -> timedelta:
        now = self._clock.now()
        due = [at for at in (self._next_tick, self._topic.due()) if at is not None]
        return max(timedelta(0), min([_LONGEST_WAIT, *(at - now for at in due)]))
