"""One call to EC2 for a whole order, and what its answer means."""

import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from autoscaler.adapters.aws.ec2.answers import answered
from autoscaler.adapters.aws.ec2.fleet_answer import fleet_answer
from autoscaler.adapters.aws.ec2.fleets import fleet_members
from autoscaler.adapters.aws.ec2.guard import GuardStore
from autoscaler.adapters.aws.ec2.images import Images
from autoscaler.adapters.aws.ec2.listing import Listing, machine_of
from autoscaler.adapters.aws.ec2.reading import error_code
from autoscaler.adapters.aws.ec2.request import rendered
from autoscaler.adapters.aws.ec2.scopes import scopes
from autoscaler.adapters.aws.ec2.spec import Ec2Spec
from autoscaler.adapters.aws.ec2.tags import FLEET
from autoscaler.errors import UnavailableError
from autoscaler.ports import (
    Ambiguous,
    Answer,
    Clock,
    Known,
    Launched,
    Order,
    Refused,
    Throttled,
)

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef

_EDITED = Refused(
    code="RequestChanged",
    detail="the request is not what the configuration asks for",
    operator=True,
)
_SOON = 5.0
_EXISTS = "InvalidLaunchTemplateName.AlreadyExistsException"
_MISSING = "InvalidLaunchTemplateName.NotFoundException"


class Launching:
    """Sends what was rendered, once it is sure that it is what the configuration says."""

    def __init__(self, images: Images, guard: GuardStore, listing: Listing, clock: Clock) -> None:
        self._images, self._guard, self._listing, self._clock = images, guard, listing, clock
        self._templates: set[tuple[int, str, str]] = set()

    def launch(self, order: Order, request: str, spec: Ec2Spec | None) -> Answer:
        try:
            changed = request != rendered(order, spec, self._images)
        except UnavailableError:
            return Throttled(after=_SOON)  # nothing was sent
        if spec is None or changed:
            return _EDITED
        document = json.loads(request)
        if "problem" in document:
            return Refused(code="NoRequest", detail=document["problem"], operator=True)
        try:
            return self._sent(order, spec, document)
        except (ClientError, BotoCoreError) as error:
            return answered(error, len(order.indexes), scopes(spec, spec.wanted(order).values()))
        except UnavailableError as error:
            return Ambiguous(detail=str(error))

    def _sent(self, order: Order, spec: Ec2Spec, document: dict[str, Any]) -> Answer:
        region = document["region"]
        if problem := self._guard.ensure(spec.clients, region):
            return Refused(code="GuardNotStored", detail=problem, operator=True)
        ec2 = spec.clients.ec2(region, once=True)
        if document["action"] == "CreateFleet":
            return self._fleet(order, spec, document, ec2)
        request = document["request"]
        # boto3 packs it again
        reply = ec2.run_instances(**{**request, "UserData": b64decode(request["UserData"])})
        machines = sorted(map(machine_of, reply["Instances"]), key=lambda one: one.position)
        return Launched(machines=tuple(machines))

    def _fleet(
        self, order: Order, spec: Ec2Spec, document: dict[str, Any], ec2: "EC2Client"
    ) -> Answer:
        region, template = document["region"], document["template"]
        key = (id(spec.clients), region, template["LaunchTemplateName"])
        if key not in self._templates:
            _make_template(ec2, template)
            self._templates.add(key)
        try:
            reply = ec2.create_fleet(**document["request"])
        except ClientError as error:
            if error_code(error) != _MISSING:
                raise
            self._templates.discard(key)  # somebody took it away: it is made again
            return Throttled(after=_SOON)
        if not (reply.get("Instances") or reply.get("Errors")):
            return self._replayed(spec, region, reply["FleetId"])
        return fleet_answer(order, spec, reply, self._clock.now())

    def _replayed(self, spec: Ec2Spec, region: str, fleet: str) -> Answer:
        """The token's fleet is there and its machines are not told: they are looked up."""
        members = fleet_members(spec.clients, region, fleet)
        of_fleet: FilterTypeDef = {"Name": f"tag:{FLEET}", "Values": [fleet]}
        found = self._listing.read(spec.clients, region, of_fleet) if members else ()
        if {machine.instance_id for machine in found} != set(members) or not members:
            return Known(detail=f"{fleet} was started before; its machines are looked for")
        return Launched(machines=tuple(sorted(found, key=lambda one: one.position)))


def _make_template(ec2: "EC2Client", template: dict[str, Any]) -> None:
    try:
        ec2.create_launch_template(**template)
    except ClientError as error:
        if error_code(error) != _EXISTS:
            raise
