"""Reading a machine's console, once: when it is up, or when its boot failed."""

import logging

from autoscaler.core import boot
from autoscaler.core.ledger import Breaker, Instance, Phase, Ref
from autoscaler.errors import StaleWriteError, UnavailableError
from autoscaler.ports import Ports
from autoscaler.services.book import saved
from autoscaler.services.note import breaker_told

log = logging.getLogger(__name__)


class Hearer:
    """What is heard is for people only; that nothing is heard holds nobody up."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def __call__(self, row: Instance) -> Instance | None:
        """The row with its boot, as it then stands; None when somebody was faster."""
        after = boot.noted(row, self._listen(row))
        breaker = self._breaker(after)
        try:
            self._ports.state.commit(put=[after, *([breaker] if breaker else [])])
        except StaleWriteError:
            log.info("moved_on", extra={"instance": row.key})
            return None
        return saved(after)

    def _listen(self, row: Instance) -> boot.Heard | None:
        compute = self._ports.computes.get(row.compute)
        if compute is None:
            return None
        try:
            return boot.listen(compute.log(row.instance_id))
        except UnavailableError as error:
            log.warning("console_unreadable", extra={"instance": row.key, "error": str(error)})
            return None

    def _breaker(self, row: Instance) -> Breaker | None:
        """The breaker that this boot opened, or kept open, before its console was read."""
        if row.phase != Phase.GONE:
            return None
        found = self._ports.state.read(Ref("breaker", row.resource_key))
        mine = isinstance(found, Breaker) and found.instance == row.key
        return breaker_told(row, found) if mine and isinstance(found, Breaker) else None
