"""Services that do two steps in the other order, or leave one out."""

from collections.abc import Iterator
from datetime import datetime

from autoscaler.core import facts, launching
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.ledger import Instance, Launch, Phase, Row
from autoscaler.core.lifecycle import HAS_MACHINE, move
from autoscaler.core.reconcile import Reconciler
from autoscaler.core.seen import Snapshot
from autoscaler.ports import CloudEvent, Compute, Launched, Order, Ports
from autoscaler.services.launch import Launcher
from autoscaler.services.reap import Reaper
from autoscaler.services.repair import Repairer
from autoscaler.services.watch import Watcher


class BindsAfterSettling(Launcher):
    def _launched(
        self, launch: Launch, order: Order, answer: Launched, resource: Resource, now: datetime
    ) -> None:
        self._write(launch, lambda row: launching.settled(row, now), now)
        super()._launched(launch, order, answer, resource, now)


class ReadsRowsFirst(Launcher):
    """The rows are read before the launch on whose revision the claim is written."""

    _before: dict[str, list[Instance]]

    def _read(self, key: str) -> Launch | None:
        earlier = super()._read(key)
        self._before = {key: super()._rows(earlier)} if earlier else {}
        return super()._read(key)

    def _rows(self, launch: Launch) -> list[Instance]:
        return self._before.get(launch.key) or super()._rows(launch)


class NeverLooks(Reaper):
    def _held(self, *_: object) -> str:
        return ""


class NeverRepairs(Reaper):
    def __init__(self, deployment: Deployment, ports: Ports) -> None:
        super().__init__(deployment, ports)
        self._repair = _Blind(deployment, ports)


class _Blind(Repairer):
    def _suspects(self, row: Instance, now: datetime) -> tuple[str, ...]:
        del row, now
        return ()


class LooksFirst(Reaper):
    """The look, then TERMINATING, then the call: whoever comes after a crash does not look."""

    def _drain(self, row: Instance, compute: Compute, now: datetime) -> None:
        silent = row.drain_at is not None and now - row.drain_at >= self._deployment.timing.drain
        if silent and self._held(row, now):
            return
        super()._drain(row, compute, now)

    def _terminate(self, row: Instance, compute: Compute, now: datetime) -> None:
        compute.terminate(row.instance_id)
        self._appoint(row, now)


class ChecksThenTerminates(Reaper):
    """As ClearML's autoscaler does: is the idle worker still without a task? Then end it."""

    def _drain(self, row: Instance, compute: Compute, now: datetime) -> None:
        if any(worker.task for worker in self._workers_of(row)):
            self._book.write(move(row, Phase.UP, "it works again", now), row, now)
            return
        compute.terminate(row.instance_id)
        self._appoint(row, now)


def releases_first(self: Reconciler, launch: Launch) -> Iterator[Row]:
    """Instead of Reconciler._launch: the rows go, then the launch is closed."""
    for after in _LAUNCH(self, launch):
        if isinstance(after, Launch) and after.state == "CLOSED":
            yield from self._releases(after)
        yield after


def only_with_machines(self: Reconciler, recover_until: datetime | None) -> Snapshot:
    """Instead of Reconciler.snapshot: a row without a machine is no machine."""
    seen = _SNAPSHOT(self, recover_until)
    supply = [s for s in seen.supply if s.instance.phase != Phase.REQUESTED]
    return seen.model_copy(update={"supply": tuple(supply)})


_LAUNCH = Reconciler._launch  # noqa: SLF001  # a step of a tick, to be put in another order
_SNAPSHOT = Reconciler.snapshot


class BelievesEnds(Watcher):
    """What an event says of an end is taken for proof."""

    def __call__(self, event: CloudEvent) -> None:
        row = self._row_of(event)
        if event.kind == "ended" and row and row.phase in HAS_MACHINE:
            now = self._ports.clock.now()
            self._book.write(facts.gone(row, "an event said so", now), row, now)
        super().__call__(event)
