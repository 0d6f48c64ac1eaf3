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

_WOULD_DO = "DryRunOperation"
_QUEUE = "0" * 32  # as long as any queue's id


def problems(deployment: str, specs: Mapping[str, Ec2Spec], images: Images) -> list[Problem]:
    found: list[Problem] = []
    for key, spec in specs.items():
        autoscaler, _, resource = key.partition("/")
        place = f"autoscalers[{autoscaler}].resources[{resource}]"
        if not spec.aws.instance_profile:
            remedy = "machines read ClearML's keys with it: name an instance profile"
            found.append(Problem(f"{place}.aws.instance_profile", "", remedy))
        order = _order(deployment, autoscaler, resource, spec)
        for purchase in _first_of_each_region(spec):
            found += _tried(place, spec, order, purchase, images)
    return found


def _first_of_each_region(spec: Ec2Spec) -> Iterable[Purchase]:
    by_region: dict[str, Purchase] = {}
    for purchase in spec.purchases.values():
        by_region.setdefault(spec.region(purchase), purchase)
    return by_region.values()


def _tried(
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
        if (code := code_of(error)) != _WOULD_DO:
            yield Problem(place, code, error.response["Error"].get("Message", ""))
    except (BotoCoreError, UnavailableError) as error:
        yield Problem(place, type(error).__name__, str(error))


def _order(deployment: str, autoscaler: str, resource: str, spec: Ec2Spec) -> Order:
    """One machine of the first offering, as a launch would ask for it."""
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
