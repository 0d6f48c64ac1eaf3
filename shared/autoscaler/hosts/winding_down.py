"""The end of a deployment: nothing starts, what is to stop stops, lost tasks are brought back."""

from collections.abc import Callable, Iterable
from contextlib import suppress

from autoscaler.core.ledger import Instance, Launch, Phase, Row
from autoscaler.errors import AutoscalerError, ConfigError, StaleWriteError
from autoscaler.ports import Clock, State
from autoscaler.services.operate import Operator
from autoscaler.services.poll import Tick

_AT_REST = (Phase.UP, Phase.GONE)


class WindingDown:
    """`everything`: machines that work are ended as well."""

    def __init__(
        self,
        state: State,
        operator: Operator,
        clock: Clock,
        on_error: Callable[[AutoscalerError], None],
        *,
        everything: bool,
    ) -> None:
        self._state = state
        self._operator = operator
        self._clock = clock
        self._on_error = on_error
        self._everything = everything

    def press(self) -> None:
        """Call orders off and, if asked for, end machines: those too that came since last time."""
        try:
            for row in self._state.live():
                if isinstance(row, Launch) and row.state == "OPEN":
                    self._call_off(row)
                elif self._everything and _may_be_ended(row):
                    with suppress(ConfigError, StaleWriteError):  # it is on its way out already
                        self._operator.terminate(row.key, "on_shutdown: all")
        except AutoscalerError as error:
            self._on_error(error)

    def is_over(self, tick: Tick) -> bool:
        """Nothing is left to stop, and every lost machine's tasks were looked at once."""
        if tick.skipped or tick.seen.clearml_problem or tick.seen.unreadable:
            return False
        if any(supply.idle for supply in tick.seen.supply):
            return False
        try:
            rows = [row for row in self._state.live() if isinstance(row, Instance)]
        except AutoscalerError as error:
            self._on_error(error)
            return False
        return not any(map(self._is_to_come, rows))

    def _is_to_come(self, row: Instance) -> bool:
        """Whether something has still to happen to the row."""
        if row.phase == Phase.GONE:
            return waits_for_a_look(row) and row.next_check is None
        return self._everything or row.phase not in _AT_REST

    def _call_off(self, launch: Launch) -> None:
        """Its deadline is now: nothing is asked for any more, and the next tick closes it.

        Machines of a call that was not answered are still looked for.
        """
        now = self._clock.now()
        if launch.deadline > now:
            with suppress(StaleWriteError):
                self._state.commit(
                    put=[launch.model_copy(update={"deadline": now, "next_check": now})]
                )


def waits_for_a_look(row: Row) -> bool:
    """A machine that is gone, and whose tasks may not all be back yet."""
    gone = isinstance(row, Instance) and row.phase == Phase.GONE
    return gone and isinstance(row, Instance) and bool(row.instance_id) and not row.settled


def second_looks(rows: Iterable[Row]) -> int:
    """How many such machines there are."""
    return sum(map(waits_for_a_look, rows))


def _may_be_ended(row: Row) -> bool:
    return isinstance(row, Instance) and bool(row.instance_id) and row.phase != Phase.GONE
