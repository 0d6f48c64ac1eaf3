"""Mistakes between keys that resources of every cloud have."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autoscaler.config.faults import Fault, Where, shown


def on_spot(where: Where, raw: Mapping[str, Any], *more: str) -> Iterator[Fault]:
    """`more`: keys that are about spot, beside those of every cloud."""
    spot = raw.get("spot")
    if spot is not True and not isinstance(spot, dict):
        for key in ("on_demand_fallback", "fallback_after", "spot_blackout", *more):
            if raw.get(key):
                yield Fault((*where, key), shown(raw[key]), "is about spot: write spot: true")
    elif raw.get("fallback_after") and raw.get("on_demand_fallback") is not True:
        remedy = "there is nothing to fall back to: write on_demand_fallback: true"
        yield Fault((*where, "fallback_after"), shown(raw["fallback_after"]), remedy)


def on_slots(where: Where, raw: Mapping[str, Any]) -> Iterator[Fault]:
    slots, gpus = raw.get("slots", 1), listed(raw, "gpus")
    if type(slots) is not int or raw.get("cpu_only") is True:
        return
    if (gpus or slots > 1) and len(gpus) != slots:
        remedy = f"{len(gpus)} for {slots} slots: name the GPUs of each slot, like 0 or 0,1"
        yield Fault((*where, "gpus"), "", remedy)


def on_types(
    where: Where, types: Sequence[str], architecture: Callable[[str], str]
) -> Iterator[Fault]:
    """Each once, and all for the same programs: `architecture` says whose a type runs."""
    for i, each in enumerate(types):
        if each in types[:i]:
            yield Fault((*where, "types", i), each, "stands here twice: name each type once")
        elif architecture(each) != architecture(types[0]):
            remedy = f"{architecture(each)}, but {types[0]} is not: make two resources of it"
            yield Fault((*where, "types", i), each, remedy)


def listed(raw: Mapping[str, Any], key: str) -> list[Any]:
    """What is written there, where that is a list."""
    found = raw.get(key)
    return found if isinstance(found, list) else []
