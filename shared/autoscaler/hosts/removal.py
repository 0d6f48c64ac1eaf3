"""Before a deployment is removed: nothing starts, and every machine goes."""

from autoscaler.core.ledger import Instance, Launch, Phase, Row
from autoscaler.errors import AutoscalerError
from autoscaler.hosts.deployed import Deployed
from autoscaler.hosts.winding_down import WindingDown

_REASON = "the deployment is to be removed"


class Removal:
    """`everything`: machines that work end too. The deployment's functions do the work."""

    def __init__(self, where: Deployed, by: str, *, everything: bool) -> None:
        self._where, self._everything = where, everything
        self._operator = where.operator(by)
        self._ending = WindingDown(
            where.state, self._operator, where.clock, _raise, everything=everything
        )
        self._paused = False

    def press(self) -> int:
        """Ask for the end of all that is there; how many machines and orders are left."""
        if not self._paused:
            self._operator.pause(None, scale_out=True, scale_in=False, reason=_REASON)
            self._paused = True
        self._ending.press()
        if not self._everything:
            self._operator.drain_all(None, _REASON)
        return sum(map(_is_left, self._where.state.live()))


def _is_left(row: Row) -> bool:
    if isinstance(row, Launch):
        return row.state == "OPEN"
    return isinstance(row, Instance) and row.phase != Phase.GONE


def _raise(error: AutoscalerError) -> None:
    raise error
