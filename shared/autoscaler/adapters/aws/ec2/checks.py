"""What would keep machines from starting, under the keys of the configuration."""

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from autoscaler.adapters.aws.ec2.fleet_request import document
from autoscaler.adapters.aws.ec2.images import Images, NoImageError
from autoscaler.adapters.aws.ec2.request import is_fleet, machine_data, single
from autoscaler.adapters.aws.ec2.spec import Ec2Spec
from autoscaler.adapters.aws.failures import code_of
from autoscaler.config import Purchase
from autoscaler.errors import ConfigError, Problem, UnavailableError
from autoscaler.ports import Order

# the second: the template of a trial is not kept, so there is none for its fleet
_FINE = ("DryRunOperation", "InvalidLaunchTemplateName.NotFoundException")
_ENCODED = "Encoded authorization failure message"
_QUEUE = "0" * 32  # as long as any queue's id


def problems(deployment: str, specs: Mapping[str, Ec2Spec], images: Images) -> list[Problem]:
    found: list[Problem] = []
    for key, spec in specs.items():
        autoscaler, _, resource = key.partition("/")
        place = f"autoscalers[{autoscaler}].resources[{resource}]"
        found += without_profile(place, spec)
        order = trial(deployment, key, spec)
        for wanted in _by_region(spec):
            found += tried(place, spec, order, wanted, images)
    return found


def without_profile(place: str, spec: Ec2Spec) -> Iterator[Problem]:
    if not spec.aws.instance_profile:
        remedy = "machines read ClearML's keys with it: name an instance profile"
        yield Problem(f"{place}.aws.instance_profile", "", remedy)


def _by_region(spec: Ec2Spec) -> Iterable[Sequence[Purchase]]:
    """What a launch would ask for first in each region."""
    by_region: dict[str, list[Purchase]] = {}
    for purchase in spec.purchases.values():
        known = by_region.setdefault(spec.region(purchase), [])
        if not known or known[0].market == purchase.market:
            known.append(purchase)
    return by_region.values()


def tried(
    place: str, spec: Ec2Spec, order: Order, wanted: Sequence[Purchase], images: Images
) -> Iterator[Problem]:
    """What EC2 says to each call that a launch makes for these; it starts and keeps nothing.

    `wanted` are of one region and market.
    """
    try:
        data = machine_data(order, spec, wanted[0], images)
        for call in _calls(order, spec, wanted, data):
            yield from _answer(place, call)
    except ConfigError as error:
        yield from error.problems
    except NoImageError as error:
        named = wanted[0].place.ami or ""
        yield Problem(f"{place}.ami", named, f"{error}: write another name")
    except (BotoCoreError, UnavailableError) as error:
        yield Problem(place, type(error).__name__, str(error))


def _calls(
    order: Order, spec: Ec2Spec, wanted: Sequence[Purchase], data: dict[str, Any]
) -> Iterator[Callable[[], object]]:
    ec2 = spec.clients.ec2(spec.region(wanted[0]))
    request = single(order, spec, wanted[0], data)
    script = b64decode(request["UserData"])  # boto3 packs it again
    yield lambda: ec2.run_instances(**{**request, "UserData": script, "DryRun": True})
    if is_fleet(wanted):
        fleet = document(order, spec, list(wanted), data)
        yield lambda: ec2.create_launch_template(**fleet["template"], DryRun=True)
        yield lambda: ec2.create_fleet(**fleet["request"], DryRun=True)


def _answer(place: str, call: Callable[[], object]) -> Iterator[Problem]:
    try:
        call()
    except ClientError as error:
        if (code := code_of(error)) not in _FINE:
            yield Problem(place, code, f"{error.operation_name}: {_readable(error)}")


def trial(deployment: str, key: str, spec: Ec2Spec) -> Order:
    """One machine of the resource's first offering, as a launch would ask for it."""
    autoscaler, _, resource = key.partition("/")
    return Order(
        deployment=deployment,
        autoscaler=autoscaler,
        resource=resource,
        offering=next(iter(spec.purchases)),
        launch="preflight",
        attempt=1,
        indexes=(0,),
        token="preflight",  # noqa: S106 - names the call, which starts nothing
        queue_ids=(_QUEUE,) * len(spec.section.queues),
        slots=spec.section.slots,
    )


def _readable(error: ClientError) -> str:
    """Without the part that only AWS can read."""
    message = error.response["Error"].get("Message", "")
    return message.partition(_ENCODED)[0].rstrip()
