"""What really stands in the table, row by row, and how many places it keeps."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from autoscaler.core import launching
from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Instance, Launch, Phase, Row
from autoscaler.core.seen import Machine

Scope = str


def scopes(deployment: Deployment) -> dict[Scope, int]:
    """Every limit: of resources, autoscalers, and the deployment ("")."""
    limits = {resource.key: resource.max_instances for resource in deployment.resources}
    for autoscaler in deployment.autoscalers:
        if autoscaler.max_instances is not None:
            limits[autoscaler.name] = autoscaler.max_instances
    if deployment.max_instances is not None:
        limits[""] = deployment.max_instances
    return limits


def scopes_of(one: Instance | Machine) -> tuple[Scope, Scope, Scope]:
    return f"{one.autoscaler}/{one.resource}", one.autoscaler, ""


class Shadow:
    """Follows every commit at the instant of its effect."""

    def __init__(self) -> None:
        self.instances: dict[str, Instance] = {}
        self.launches: dict[str, Launch] = {}
        self.counted: Counter[Scope] = Counter()
        self.changed: dict[str, float] = {}
        self.naming: defaultdict[str, set[str]] = defaultdict(set)

    def put(self, rows: Sequence[Row], at: float) -> None:
        for row in rows:
            if isinstance(row, Instance):
                self._forget(row.key)
                self._remember(row)
            elif isinstance(row, Launch):
                self.launches[row.key] = row
            self.changed[row.key] = at

    def remove(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.changed.pop(row.key, None)
            if isinstance(row, Instance):
                self._forget(row.key)
            elif isinstance(row, Launch):
                self.launches.pop(row.key, None)

    def clear(self) -> None:
        self.instances.clear()
        self.launches.clear()
        self.counted.clear()
        self.naming.clear()

    def row_of(self, machine: Machine) -> Instance | None:
        """The row that owns the machine, or still waits for it; GONE rows own nothing."""
        for key in self.naming.get(machine.instance_id, ()):
            if self.instances[key].phase != Phase.GONE:
                return self.instances[key]
        launch = self.launches.get(machine.launch)
        row = self.instances.get(launching.row_key(launch, machine) or "") if launch else None
        return row if row and row.phase == Phase.REQUESTED else None

    def _remember(self, row: Instance) -> None:
        self.instances[row.key] = row
        if row.instance_id:
            self.naming[row.instance_id].add(row.key)
        if row.phase != Phase.GONE:
            self.counted.update(scopes_of(row))

    def _forget(self, key: str) -> None:
        row = self.instances.pop(key, None)
        if row is None:
            return
        if row.instance_id:
            self.naming[row.instance_id].discard(key)
        if row.phase != Phase.GONE:
            self.counted.subtract(scopes_of(row))
