"""Which ticks need not be played, because nothing would come of them."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from autoscaler.core.fleet import Deployment, Hours
from autoscaler.core.ledger import Fence, Ref, Row
from autoscaler.core.periods import Period, window
from autoscaler.core.plan import decide
from autoscaler.core.rows import LiveSet
from autoscaler.ports import Ports
from autoscaler.services.announce import announcements
from autoscaler.services.book import Draft
from autoscaler.services.forget import EVERY
from autoscaler.services.look import Looker
from autoscaler.simulate.hub import Hub

T = TypeVar("T")
_DAYS = (timedelta(days=-1), timedelta(0), timedelta(days=1))


class Notepad(Draft):
    """A book that writes nothing; `wanted` says whether anybody wanted to write."""

    wanted = False

    def write(self, row: Row, before: Row | None, now: datetime, *also: Row) -> Row | None:
        self.wanted = True
        return super().write(row, before, now, *also)


class Quiet:
    """Asks the services themselves what a tick would do, as `autoscaler plan` does.

    Between two events of the world only the time changes. What time brings about stays brought
    about until a schedule or a budget turns over: so when the last tick before that would do
    nothing, none before it does.
    """

    def __init__(self, deployment: Deployment, hub: Hub, ports: Ports) -> None:
        """`ports` are read only, and need not be counted."""
        self._deployment = deployment
        self._hub = hub
        self._ports = ports
        self._schedules = _schedules(deployment)
        self._has_budget = _has_budget(deployment)

    def ticks(self, times: Sequence[float]) -> int:
        """How many of these ticks, from the first on, would do nothing; nothing else happens.

        `times` are seconds of the hub, in their order.
        """
        times = times[: self._most(len(times))]
        if not times:
            return 0
        if self._is_quiet(times[-1]):
            return len(times)
        return bisect_left(times[:-1], x=True, key=lambda at: not self._is_quiet(at))

    def passed(self, ticks: int) -> None:
        """So many ticks are counted as played."""
        fence = self._ports.state.read(Ref("fence", self._deployment.name))
        if isinstance(fence, Fence):
            after = fence.model_copy(update={"gen": fence.gen + ticks})
            self._ports.state.commit(put=[after])

    def _most(self, count: int) -> int:
        """The tick that forgets old losses is played, as long as there are any."""
        fence = self._ports.state.read(Ref("fence", self._deployment.name))
        if not isinstance(fence, Fence) or fence.recover_until:
            return 0
        rows = LiveSet(self._ports.state.live())
        return min(count, EVERY - 1 - fence.gen % EVERY) if rows.repairs else count

    def _is_quiet(self, at: float) -> bool:
        with self._hub.as_of(at):
            return self._nothing_due(self._hub.now())

    def _nothing_due(self, now: datetime) -> bool:
        fence = self._ports.state.read(Ref("fence", self._deployment.name))
        if not isinstance(fence, Fence):
            return False
        notepad = Notepad(self._ports.state, "nobody")
        look = Looker(self._deployment, self._ports, notepad, create_missing=False)
        _, rows, reconciler = look(fence, now)
        if notepad.wanted or any(announcements(self._deployment.name, rows, now, fence.gen)):
            return False
        if rows.repairs and any(reconciler.finished()):
            return False  # with its machine's row, a loss may be forgotten
        plan = decide(self._deployment, reconciler.snapshot(fence.recover_until))
        return not plan.launches and not plan.drains

    def turns(self, now: datetime) -> datetime | None:
        """When a schedule or a budget next turns over; None when there is neither."""
        turns = [at for hours in self._schedules for at in _turns(hours, now)]
        if self._has_budget:
            zone = self._deployment.timezone
            turns += [window(each, now, zone).end for each in (Period.HOUR, Period.DAY)]
        return min((at for at in turns if at > now), default=None)


def _turns(hours: Hours, now: datetime) -> Iterator[datetime]:
    zone = ZoneInfo(hours.timezone)
    today: date = now.astimezone(zone).date()
    for day in (today + each for each in _DAYS):
        for time in (hours.begin, hours.end):
            yield datetime.combine(day, time, zone).astimezone(UTC)


def _schedules(deployment: Deployment) -> Sequence[Hours]:
    schedules = [
        *(each.schedule for each in deployment.autoscalers),
        *(each.schedule for each in deployment.resources),
    ]
    return [hours for schedule in schedules for hours in schedule]


def _has_budget(deployment: Deployment) -> bool:
    budgets = [deployment.budget, *deployment.queue_budgets.values()]
    return any((*budgets, *(each.budget for each in deployment.autoscalers)))
