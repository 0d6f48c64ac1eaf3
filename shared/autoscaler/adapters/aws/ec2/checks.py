"""What would keep machines from starting, under the keys of the configuration."""

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from autoscaler.adapters.aws.ec2.images import Images, NoImageError
from autoscaler.adapters.aws.ec2.request import machine_data, single
from autoscaler.adapters.aws.ec2.spec import Ec2Spec
from autoscaler.adapters.aws.failures import code_of
from autoscaler.config import Purchase
from autoscaler.errors import ConfigError, Problem, UnavailableError
from autoscaler.ports import Order

WOULD_DO = "DryRunOperation"
_ENCODED = "Encoded authorization failure message"
_QUEUE = "0" * 32  # as long as any queue's id


def problems(deployment: str, specs: Mapping[str, Ec2Spec], images: Images) -> list[Problem]:
    found: list[Problem] = []
    for key, spec in specs.items():
        autoscaler, _, resource = key.partition("/")
        place = f"autoscalers[{autoscaler}].resources[{resource}]"
        found += without_profile(place, spec)
        order = trial(deployment, key, spec)
        for purchase in _first_of_each_region(spec):
            found += tried(place, spec, order, purchase, images)
    return found


def without_profile(place: str, spec: Ec2Spec) -> Iterator[Problem]:
    if not spec.aws.instance_profile:
        remedy = "machines read ClearML's keys with it: name an instance profile"
        yield Problem(f"{place}.aws.instance_profile", "", remedy)


def _first_of_each_region(spec: Ec2Spec) -> Iterable[Purchase]:
    by_region: dict[str, Purchase] = {}
    for purchase in spec.purchases.values():
        by_region.setdefault(spec.region(purchase), purchase)
    return by_region.values()


def tried(
    place: str, spec: Ec2Spec, order: Order, purchase: Purchase, images: Images
) -> Iterator[Problem]:
    """EC2 says what it would say, and starts nothing."""
    region = spec.region(purchase)
    try:
        request = single(order, spec, purchase, machine_data(order, spec, purchase, images))
        data = b64decode(request["UserData"])
        spec.clients.ec2(region).run_instances(**{**request, "UserData": data, "DryRun": True})
    except ConfigError as error:
        yield from error.problems
    except NoImageError as error:
        yield Problem(f"{place}.ami", purchase.place.ami or "", f"{error}: write another name")
    except ClientError as error:
        if (code := code_of(error)) != WOULD_DO:
            yield Problem(place, code, _readable(error))
    except (BotoCoreError, UnavailableError) as error:
        yield Problem(place, type(error).__name__, str(error))


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
