"""One run of `up`: look before anything starts, scale, and stop as it was asked to."""

from collections.abc import Callable
from threading import Event

from autoscaler.cli.failures import FAILED
from autoscaler.cli.running.lines import living
from autoscaler.cli.running.news import Newsroom
from autoscaler.cli.running.signals import stopping
from autoscaler.cli.running.voice import Voice
from autoscaler.errors import AutoscalerError
from autoscaler.hosts.local import Local, Shutdown
from autoscaler.services.poll import Tick


class Session:
    """Ends orderly (0) at the first Ctrl-C; `once`, after one tick, with 1 when it failed."""

    def __init__(self, local: Local, voice: Voice, *, how: Shutdown, once: bool) -> None:
        self._local = local
        self._voice = voice
        self._how = how
        self._once = once
        self._stop = Event()
        self._failed = False
        self._news = Newsroom(local.state, local.clock.now())

    def run(self) -> int:
        names = [autoscaler.name for autoscaler in self._local.deployment.autoscalers]
        with stopping(self._stop), self._local.alone():
            self._voice.started(names, once=self._once)
            self._local.run(self._stop, on_tick=self._ticked, on_error=self._erred)
            if self._once and self._failed:
                return FAILED
            return self._end()

    def _end(self) -> int:
        try:
            self._wind_down()
            left = living(self._local.state)
            self._voice.stopped(self._news.events(), left, self._local.second_looks())
        except AutoscalerError as error:
            self._voice.error(error)
            return FAILED
        return 0

    def _wind_down(self) -> None:
        if self._how == "leave":
            return
        self._voice.stopping(self._how, living(self._local.state))
        tell: Callable[[Tick], None] = self._told
        self._local.wind_down(self._how, Event(), on_tick=tell, on_error=self._voice.error)

    def _ticked(self, tick: Tick) -> None:
        self._told(tick)
        if self._once:
            self._stop.set()  # the loop still hands over what this tick announced

    def _told(self, tick: Tick) -> None:
        self._voice.tick(tick, self._news.after(tick))

    def _erred(self, error: AutoscalerError) -> None:
        self._failed = True
        self._voice.error(error)
        if self._once:
            self._stop.set()
