"""Machines that are ours and that no row names: adopted, never killed (rule R11)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from autoscaler.core import launching
from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Instance, Launch, Phase, Ref
from autoscaler.core.rows import LiveSet
from autoscaler.core.seen import Machine
from autoscaler.ports import State
from autoscaler.services.book import Book


class Adopter:
    """Gives each stranger a row of its own, after reading launch and row once more."""

    def __init__(self, deployment: Deployment, state: State, book: Book) -> None:
        self._deployment = deployment
        self._state = state
        self._book = book

    def adopt(
        self, strangers: Iterable[Machine], compute: str, rows: LiveSet, now: datetime
    ) -> list[Machine]:
        """The machines that carry our tags but not our token: they are left alone."""
        forged: list[Machine] = []
        for machine in strangers:
            if not launching.is_ours(self._deployment.name, machine):
                forged.append(machine)
                continue
            if self._known(machine, rows):
                continue
            row = self._row_for(machine, compute, now)
            stored = self._book.write(row, None, now)
            if stored is not None:
                rows.put(stored)
        return forged

    def _known(self, machine: Machine, rows: LiveSet) -> bool:
        """True when a newer look at the table finds a row for it; the row joins the live set."""
        launch = self._state.read(Ref("launch", machine.launch))
        keys = [machine.instance_id]
        if isinstance(launch, Launch) and (key := launching.row_key(launch, machine)):
            keys.append(key)
        for key in keys:
            row = self._state.read(Ref("instance", key))
            if isinstance(row, Instance) and _names(row, machine):
                rows.put(row)
                return True
        return False

    def _row_for(self, machine: Machine, compute: str, now: datetime) -> Instance:
        resource = self._deployment.by_key.get(f"{machine.autoscaler}/{machine.resource}")
        spin_up = resource.max_spin_up if resource else timedelta(0)
        price = None
        if resource:
            price = resource.hourly_price(machine.type, machine.zone, machine.market)
        return Instance(
            key=machine.instance_id,
            autoscaler=machine.autoscaler,
            resource=machine.resource,
            compute=compute,
            launch=machine.launch,
            index=machine.position,
            phase=Phase.BOOTING,
            reason="adopted: it carries our tags and no row named it",
            moved_at=now,
            attempt=machine.attempt,
            instance_id=machine.instance_id,
            type=machine.type,
            zone=machine.zone,
            market=machine.market,
            hourly_price=price,
            worker=machine.worker,
            slots=machine.slots,
            queue_ids=machine.queue_ids,
            config_hash=machine.config_hash,
            requested_at=machine.launched_at or now,
            launched_at=machine.launched_at or now,
            boot_deadline=now + spin_up,
            next_check=now + spin_up,
        )


def _names(row: Instance, machine: Machine) -> bool:
    """A row that names this machine, or still waits for one (the next tick binds it)."""
    return row.instance_id == machine.instance_id or row.phase == Phase.REQUESTED
