"""Mistakes that no key can see alone, looked for in what was written, valid or not."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from autoscaler.config import ec2_checks, gce_checks, process
from autoscaler.config.agents import secrets_in_conf, written_secrets
from autoscaler.config.faults import Fault, Where, dotted, shown
from autoscaler.config.machine_secrets import unreadable, unreadable_keys
from autoscaler.config.models import default_prefix

_KEYS = ("access_key", "secret_key")
_AGENT_KEYS = ("agent_access_key", "agent_secret_key")
_CONFLICTS = {
    "process": process.conflicts,
    "ec2": ec2_checks.conflicts,
    "gce": gce_checks.conflicts,
}


class Part(NamedTuple):
    """A mapping of the document, and where it stands."""

    where: Where
    raw: dict[str, Any]


def cross_checks(data: object) -> Iterator[Fault]:
    """Every mistake between keys; what is no mapping or list yet is passed over."""
    whole = Part((), data if isinstance(data, dict) else {})
    yield from _agent_keys(whole)
    yield from _shared(whole)
    autoscalers = _parts(whole, "autoscalers")
    yield from _repeated(autoscalers, "name", "two autoscalers with one name")
    yield from _one_prefix(autoscalers)
    everything = []
    for autoscaler in autoscalers:
        yield from _shared(autoscaler)
        resources = _parts(autoscaler, "resources")
        everything += resources
        yield from _repeated(resources, "name", "two resources with one name")
        yield from _minimums(autoscaler, resources)
        for resource in resources:
            yield from _resource(resource)
            yield from _region(resource, autoscaler, whole)
            yield from unreadable_keys(whole, autoscaler, resource)
            yield from unreadable(whole, autoscaler, resource)
    yield from _minimums(whole, everything)
    served = [queues for part in everything if isinstance(queues := part.raw.get("queues"), list)]
    yield from _by_queue(whole, "queue_budgets", "two budgets of one queue", served)
    yield from _by_queue(whole, "lost_tasks", "two rules for one queue", served)


def _agent_keys(whole: Part) -> Iterator[Fault]:
    section = whole.raw.get("clearml")
    raw = section if isinstance(section, dict) else {}
    yield from _both(("clearml",), raw, _AGENT_KEYS)


def _shared(part: Part) -> Iterator[Fault]:
    """Of what may stand at the top, at an autoscaler and at a resource."""
    yield from _machine(part)
    yield from _account(part)


def _account(part: Part) -> Iterator[Fault]:
    for cloud, pair in (("aws", _KEYS), ("aws", _AGENT_KEYS), ("gcp", _AGENT_KEYS)):
        account = part.raw.get(cloud)
        raw = account if isinstance(account, dict) else {}
        yield from _both((*part.where, cloud), raw, pair)


def _both(where: Where, raw: dict[str, Any], pair: tuple[str, str]) -> Iterator[Fault]:
    """A key and its secret: one is nothing without the other."""
    written = [key for key in pair if raw.get(key) is not None]
    if len(written) == 1:
        (missing,) = set(pair) - set(written)
        yield Fault((*where, written[0]), "", f"{missing} is missing: write both or neither")


def _machine(part: Part) -> Iterator[Fault]:
    """Of what machines of clouds are told, wherever that stands."""
    machine = part.raw.get("machine")
    if isinstance(machine, dict):
        yield from written_secrets(
            (*part.where, "machine"), machine.get("environment"), "ssm:/clearml/"
        )
        yield from secrets_in_conf((*part.where, "machine"), machine.get("clearml_conf"))


def _repeated(parts: Sequence[Part], key: str, what: str) -> Iterator[Fault]:
    first: dict[str, Where] = {}
    for part in parts:
        name = part.raw.get(key)
        if not isinstance(name, str):
            continue
        if name in first:
            remedy = f"{what}: {dotted(first[name])} has it already"
            yield Fault((*part.where, key), shown(name), remedy)
        first.setdefault(name, part.where)


def _one_prefix(autoscalers: Sequence[Part]) -> Iterator[Fault]:
    first: dict[str, Where] = {}
    names: set[str] = set()
    for where, raw in autoscalers:
        name, prefix = raw.get("name"), raw.get("workers_prefix")
        if prefix is None and isinstance(name, str) and name not in names:
            prefix = default_prefix(name)
        names.update([name] if isinstance(name, str) else [])
        if not isinstance(prefix, str):
            continue
        folded = prefix.casefold()
        if folded in first:
            other = dotted(first[folded])
            remedy = (
                f"two autoscalers with one prefix would stop each other's machines: {other} has it"
            )
            yield Fault((*where, "workers_prefix"), shown(prefix), remedy)
        first.setdefault(folded, where)


def _by_queue(whole: Part, key: str, twice: str, served: Sequence[list[Any]]) -> Iterator[Fault]:
    parts = _parts(whole, key)
    yield from _repeated(parts, "name", twice)
    for where, raw in parts:
        name = raw.get("name")
        if isinstance(name, str) and not any(name in queues for queues in served):
            remedy = "no resource serves this queue: name it as its resources do"
            yield Fault((*where, "name"), shown(name), remedy)


def _minimums(part: Part, resources: Sequence[Part]) -> Iterator[Fault]:
    most = _count(part.raw, "max_instances")
    least = sum(_count(resource.raw, "min_instances") or 0 for resource in resources)
    if most is not None and least > most:
        remedy = f"its resources keep {least} up (min_instances): raise this, or lower those"
        yield Fault((*part.where, "max_instances"), str(most), remedy)


def _resource(part: Part) -> Iterator[Fault]:
    least, most = _count(part.raw, "min_instances"), _count(part.raw, "max_instances")
    if least is not None and most is not None and least > most >= 0:
        remedy = f"more than max_instances ({most}): lower this, or raise that"
        yield Fault((*part.where, "min_instances"), str(least), remedy)
    for hours in _parts(part, "schedule"):
        yield from _hours(hours, most)
    yield from _shared(part)
    conflicts = _CONFLICTS.get(str(part.raw.get("provider")))
    if conflicts:
        yield from conflicts(part.where, part.raw)


def _region(resource: Part, *above: Part) -> Iterator[Fault]:
    """Zones stand in the region that is written nearest to them."""
    if resource.raw.get("provider") == "ec2":
        accounts = [part.raw.get("aws") for part in (resource, *above)]
        regions = [account.get("region") for account in accounts if isinstance(account, dict)]
        first = next((region for region in regions if isinstance(region, str)), "")
        yield from ec2_checks.elsewhere(resource.where, resource.raw, first)


def _hours(part: Part, most: int | None) -> Iterator[Fault]:
    least, own = _count(part.raw, "min_instances"), _count(part.raw, "max_instances")
    limit = own if own is not None else most
    if least is not None and limit is not None and least > limit >= 0:
        remedy = f"more than max_instances ({limit}): lower this, or raise that"
        yield Fault((*part.where, "min_instances"), str(least), remedy)


def _parts(part: Part, key: str) -> list[Part]:
    items = part.raw.get(key)
    listed = enumerate(items) if isinstance(items, list) else ()
    return [Part((*part.where, key, i), item) for i, item in listed if isinstance(item, dict)]


def _count(raw: dict[str, Any], key: str) -> int | None:
    value = raw.get(key)
    return value if type(value) is int else None
