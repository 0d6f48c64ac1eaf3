"""Where a machine's words are read: in the log that it sends them to, else in its compute."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from autoscaler.config import Ec2Section
from autoscaler.core.ledger import Instance
from autoscaler.hosts.deployed import Deployed
from autoscaler.ports import Compute

if TYPE_CHECKING:
    from autoscaler.adapters.aws.logs import LogStream


class Log(Protocol):
    def log(self, instance_id: str, *, follow: bool = False) -> Iterator[str]:
        """As the port Compute tells it."""


def log_of(where: Deployed, row: Instance) -> Log | None:
    """None when nothing in the configuration knows the machine any more. UnavailableError."""
    compute = where.machines.get(row.compute)
    section = where.config.by_key.get(row.resource_key)
    if compute is None or not isinstance(section, Ec2Section):
        return compute
    sent = next((one for one in _streams(where, row) if one.exists()), None)
    return _Sent(sent, compute) if sent else compute


def _streams(where: Deployed, row: Instance) -> Iterator["LogStream"]:
    """The machine's own, in each region where the resource's machines may be."""
    from autoscaler.adapters.aws.logs import LogStream
    from autoscaler.hosts.computes import ec2_specs

    spec = ec2_specs(where.config, where.secrets)[row.resource_key]
    if spec.startup.logs:
        for region in spec.regions:
            yield LogStream(spec.clients.logs(region), spec.startup.logs, row.instance_id)


class _Sent:
    """What the machine sent, startup, guard and agents, though the machine may be gone."""

    def __init__(self, stream: "LogStream", compute: Compute) -> None:
        self._stream, self._compute = stream, compute

    def log(self, instance_id: str, *, follow: bool = False) -> Iterator[str]:
        def lives() -> bool:
            found = self._compute.machines()
            return any(m.instance_id == instance_id and m.state == "living" for m in found)

        return self._stream.lines(lives if follow else None)
