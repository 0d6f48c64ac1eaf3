"""What a deployment leaves behind where its machines were, taken away by a person."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from autoscaler.errors import UnavailableError
from autoscaler.hosts.functions.remote import Taken

if TYPE_CHECKING:
    from autoscaler.adapters.aws.clients import Clients
    from autoscaler.adapters.aws.ec2 import Ec2Spec


Delete = Callable[["Clients", str, str], Iterator[str]]


class Leftovers:
    """Of the configuration's resources; `home` are the clients of the stack's account and region.

    `made_for`: regions in which the deployment may have started machines before.
    """

    def __init__(
        self,
        deployment: str,
        specs: Mapping[str, "Ec2Spec"],
        home: "Clients",
        made_for: frozenset[str],
    ) -> None:
        self._deployment = deployment
        self._specs = specs
        self._home, self._made_for = home, made_for

    def take(self) -> Iterator[Taken]:
        """One after the other; what is refused somewhere is left there."""
        from autoscaler.adapters.aws.ec2.leftovers import delete_guards, delete_templates

        for clients, region, own in self._places():
            yield self._taken(delete_templates, clients, region)
            if not (own and region == self._home.region):  # there it is a part of the stack
                yield self._taken(delete_guards, clients, region)

    def _places(self) -> Iterator[tuple["Clients", str, bool]]:
        """Each region of each account once, and whether the account is the stack's own."""
        theirs = [spec for spec in self._specs.values() if spec.aws.role or spec.aws.access_key]
        own = [spec for spec in self._specs.values() if spec not in theirs]
        for region in sorted(self._made_for.union(*(spec.regions for spec in own))):
            yield self._home, region, True
        seen = {(id(spec.clients), region): spec for spec in theirs for region in spec.regions}
        for (_, region), spec in sorted(seen.items(), key=lambda item: item[0][1]):
            yield spec.clients, region, False

    def _taken(self, delete: Delete, clients: "Clients", region: str) -> Taken:
        names: list[str] = []
        try:
            names.extend(delete(clients, region, self._deployment))
        except UnavailableError as error:
            return Taken(region, tuple(names), str(error))
        return Taken(region, tuple(names))
