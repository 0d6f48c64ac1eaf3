"""The Compute port, with EC2 as the cloud."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.ec2.checks import problems
from autoscaler.adapters.aws.ec2.console import lines
from autoscaler.adapters.aws.ec2.guard import GuardStore
from autoscaler.adapters.aws.ec2.images import Images
from autoscaler.adapters.aws.ec2.launching import Launching
from autoscaler.adapters.aws.ec2.listing import Listing
from autoscaler.adapters.aws.ec2.reading import reading
from autoscaler.adapters.aws.ec2.request import rendered
from autoscaler.adapters.aws.ec2.spec import Ec2Spec
from autoscaler.adapters.aws.failures import code_of
from autoscaler.core.seen import Machine
from autoscaler.errors import Problem
from autoscaler.machine.guard.orders import DRAIN_KEY
from autoscaler.ports import Answer, Clock, Order

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef

_UNKNOWN = ("InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed")


class Ec2:
    """Machines of one deployment; `specs` by the key of the resource ("autoscaler/resource")."""

    def __init__(self, deployment: str, specs: Mapping[str, Ec2Spec], clock: Clock) -> None:
        self._deployment, self._specs = deployment, specs
        self._images, self._listing = Images(clock), Listing(deployment)
        self._launching = Launching(self._images, GuardStore(deployment), self._listing, clock)
        self._places = _places(specs)
        self._homes: dict[str, tuple[Clients, str]] = {}

    def render(self, order: Order) -> str:
        return rendered(order, self._spec(order), self._images)

    def launch(self, order: Order, request: str) -> Answer:
        return self._launching.launch(order, request, self._spec(order))

    def machines(self) -> Sequence[Machine]:
        found: list[Machine] = []
        homes: dict[str, tuple[Clients, str]] = {}
        for clients, region in self._places:
            here = self._listing.read(clients, region)
            homes |= {machine.instance_id: (clients, region) for machine in here}
            found += here
        self._homes = homes
        return found

    def drain(self, instance_id: str, nonce: str) -> None:
        for clients, region in self._home(instance_id):
            ec2 = clients.ec2(region)
            with reading("CreateTags", instance_id), _unknown_is_fine():
                if nonce:
                    ec2.create_tags(
                        Resources=[instance_id], Tags=[{"Key": DRAIN_KEY, "Value": nonce}]
                    )
                else:
                    ec2.delete_tags(Resources=[instance_id], Tags=[{"Key": DRAIN_KEY}])

    def terminate(self, instance_id: str) -> None:
        for clients, region in self._home(instance_id):
            with reading("TerminateInstances", instance_id), _unknown_is_fine():
                clients.ec2(region).terminate_instances(InstanceIds=[instance_id])

    def log(self, instance_id: str, *, follow: bool = False) -> Iterator[str]:
        for clients, region in self._home(instance_id):
            lives = self._lives(instance_id, clients, region) if follow else None
            yield from lines(clients.ec2(region), instance_id, lives)

    def preflight(self) -> Sequence[Problem]:
        return problems(self._deployment, self._specs, self._images)

    def _spec(self, order: Order) -> Ec2Spec | None:
        return self._specs.get(f"{order.autoscaler}/{order.resource}")

    def _home(self, instance_id: str) -> Iterator[tuple[Clients, str]]:
        """Where a machine with our tag is: a machine's tags are those it was born with."""
        if instance_id not in self._homes:
            for clients, region in self._places:
                if self._listing.find(clients, region, instance_id):
                    self._homes[instance_id] = (clients, region)
                    break
        if instance_id in self._homes:
            yield self._homes[instance_id]

    def _lives(self, instance_id: str, clients: Clients, region: str) -> Callable[[], bool]:
        only: FilterTypeDef = {"Name": "instance-id", "Values": [instance_id]}

        def lives() -> bool:
            found = self._listing.read(clients, region, only)
            return any(machine.state == "living" for machine in found)

        return lives


def _places(specs: Mapping[str, Ec2Spec]) -> list[tuple[Clients, str]]:
    """Each region of each account once."""
    found = {
        (id(spec.clients), region): (spec.clients, region)
        for spec in specs.values()
        for region in spec.regions
    }
    return list(found.values())


@contextmanager
def _unknown_is_fine() -> Iterator[None]:
    """A machine that is not known any more has ended."""
    try:
        yield
    except ClientError as error:
        if code_of(error) not in _UNKNOWN:
            raise
