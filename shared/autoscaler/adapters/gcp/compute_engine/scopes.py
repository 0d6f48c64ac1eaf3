"""How wide a no is: some are those of more offerings than were asked for."""

from autoscaler.adapters.gcp.compute_engine.answers import Scopes
from autoscaler.adapters.gcp.compute_engine.spec import GceSpec
from autoscaler.config import GcePurchase
from autoscaler.config.gce_fields import region_of
from autoscaler.config.gce_types import family, gpus


def scopes(spec: GceSpec, asked: GcePurchase) -> Scopes:
    """The resource's offerings that share a limit of the project, or a network, with this one."""
    region = region_of(asked.zone)
    near = {key: one for key, one in spec.purchases.items() if region_of(one.zone) == region}
    limit = _limit(spec, asked)
    of_limit = (key for key, one in near.items() if _limit(spec, one) == limit)
    return {"quota": tuple(of_limit), "addresses": tuple(near)}


def _limit(spec: GceSpec, purchase: GcePurchase) -> tuple[str, str]:
    """Quotas are a region's: of the GPUs of a kind, or the vCPUs of a series; spot's are apart."""
    attached = spec.section.gpu_type if gpus(purchase.type) == "attached" else None
    return purchase.market, attached or family(purchase.type)
