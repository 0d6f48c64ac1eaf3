"""Which price counts, where several are known."""

from collections.abc import Mapping

from autoscaler.core.fleet import Deployment, Offering, Resource, changed


def priced(deployment: Deployment, *lists: Mapping[str, float]) -> Deployment:
    """The deployment with a price on each offering that any list knows.

    What the operator wrote counts before any list, an earlier list (looked up) before a later one
    (shipped). Lists name an offering by its compute and its key: "ec2:g5.xlarge:spot".
    """
    autoscalers = (
        autoscaler.model_copy(
            update={"resources": tuple(_resource(each, lists) for each in autoscaler.resources)}
        )
        for autoscaler in deployment.autoscalers
    )
    return changed(deployment, autoscalers)


def _resource(resource: Resource, lists: tuple[Mapping[str, float], ...]) -> Resource:
    offerings = tuple(_offering(resource.compute, each, lists) for each in resource.offerings)
    values = {name: getattr(resource, name) for name in Resource.model_fields}
    return Resource.model_validate(values | {"offerings": offerings})


def _offering(
    compute: str, offering: Offering, lists: tuple[Mapping[str, float], ...]
) -> Offering:
    name = f"{compute}:{offering.key}"
    found = (prices[name] for prices in lists if name in prices)
    known = offering.hourly_price
    price = next(found, None) if known is None else known
    return offering.model_copy(update={"hourly_price": price})
