"""What changed since the tick before: events, and problems that began or ended."""

from datetime import datetime, timedelta

from autoscaler.core.decisions import WHY_IT_STAYS, Cause, Plan, Verdict
from autoscaler.core.ledger import Event
from autoscaler.core.value import Value
from autoscaler.ports import State
from autoscaler.services.poll import Tick

_ORDINARY = {Cause.NO_DEMAND, Cause.COVERED} | (WHY_IT_STAYS - {Cause.SCALE_IN_PAUSED})
# A commit of another process may carry an earlier time than one that was read before it.
_OVERLAP = timedelta(seconds=30)

Problems = dict[tuple[str, ...], Verdict]


class News(Value):
    """Events in order of time; problems are told when they begin and when they are over."""

    events: tuple[Event, ...] = ()
    began: tuple[Verdict, ...] = ()
    over: tuple[Verdict, ...] = ()


class Newsroom:
    """Remembers what was told, so that nothing is told twice."""

    def __init__(self, state: State, now: datetime) -> None:
        self._state = state
        self._began = now
        self._since = now
        self._told: set[str] = set()
        self._problems: Problems = {}

    def after(self, tick: Tick) -> News:
        before, self._problems = self._problems, self._problems_of(tick)
        began = [v for key, v in self._problems.items() if key not in before]
        over = [v for key, v in before.items() if key not in self._problems]
        return News(events=self.events(), began=tuple(began), over=tuple(over))

    def events(self) -> tuple[Event, ...]:
        """What happened since the last look."""
        start = max(self._began, self._since - _OVERLAP)
        found = [row for row in self._state.history(since=start) if isinstance(row, Event)]
        fresh = [event for event in reversed(found) if event.key not in self._told]
        self._told = {event.key for event in found}
        self._since = max((event.at for event in found), default=self._since)
        return tuple(fresh)

    def _problems_of(self, tick: Tick) -> Problems:
        """A tick that saw nothing says nothing about the problems before it."""
        if tick.skipped:
            return self._problems
        found = _problems(tick.plan)
        blind = tick.seen.clearml_problem is not None
        return self._problems | found if blind else found


def _problems(plan: Plan) -> Problems:
    """Told apart by what they concern: the numbers in the words change with every tick."""
    served = _served(plan)
    return {
        (verdict.cause, verdict.autoscaler, verdict.resource, verdict.queue): verdict
        for verdict in plan.did_not
        if verdict.cause not in _ORDINARY
        and not (verdict.cause == Cause.RESOURCE_MAX and verdict.queue in served)
    }


def _served(plan: Plan) -> set[str]:
    """The queues for which one resource starts all that the full ones before it could not."""
    short = {(f"{v.autoscaler}/{v.resource}", v.queue) for v in plan.did_not}
    demands = (launch for launch in plan.launches if launch.cause == Cause.DEMAND)
    return {each.queue for each in demands if (each.resource, each.queue) not in short}
