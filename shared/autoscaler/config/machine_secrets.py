"""Secrets that machines cannot read by themselves, because another cloud keeps them."""

from collections.abc import Iterator, Mapping
from typing import Any

from autoscaler.config.faults import Fault, Where
from autoscaler.config.references import HOW_ON, is_of_machine, is_on

Level = tuple[Where, Mapping[str, Any]]

_PAIR = ("agent_access_key", "agent_secret_key")
_SECTION = {"ec2": "aws", "gce": "gcp"}


def unreadable_keys(*levels: Level) -> Iterator[Fault]:
    """The agents' keys at ClearML, which machines read by themselves.

    `levels`: the whole, an autoscaler, and a resource. The machines of a cloud may have keys of
    their own, so that one deployment can have machines of both, and run in either.
    """
    provider = levels[-1][1].get("provider")
    if not isinstance(provider, str) or provider not in HOW_ON:
        return
    written = _written(levels, _SECTION[provider])
    own = _own_keys(levels[0][1]) if not written else {}
    for key in _PAIR:
        where, value = written.get(key) or own.get(key) or (("clearml", key), None)
        if not (isinstance(value, str) and is_on(provider, value.strip())):
            how = f"write {where[-1]} as {HOW_ON[provider]}"
            yield Fault(where, "", f"machines of {provider} read this by themselves: {how}")


def _written(levels: tuple[Level, ...], cloud: str) -> dict[str, tuple[Where, object]]:
    """The keys of agents under `aws` or `gcp`; the narrowest counts."""
    found: dict[str, tuple[Where, object]] = {}
    for where, raw in levels:
        section = raw.get(cloud)
        account = section if isinstance(section, dict) else {}
        for key in _PAIR:
            if account.get(key) is not None:
                found[key] = ((*where, cloud, key), account[key])
    return found


def _own_keys(whole: Mapping[str, Any]) -> dict[str, tuple[Where, object]]:
    """Under `clearml`: the agents', or, where they have none, the autoscaler's."""
    section = whole.get("clearml")
    raw = section if isinstance(section, dict) else {}
    keys = _PAIR if any(raw.get(key) for key in _PAIR) else ("access_key", "secret_key")
    return {own: (("clearml", own), raw.get(key)) for key, own in zip(keys, _PAIR, strict=True)}


def unreadable(*levels: Level) -> Iterator[Fault]:
    """What stands under `machine`, from the whole down to the resource that uses it."""
    provider = levels[-1][1].get("provider")
    if not isinstance(provider, str) or provider not in HOW_ON:
        return
    found: dict[str, tuple[Where, object]] = {}
    for where, raw in levels:
        machine = raw.get("machine")
        for key, value in machine.items() if isinstance(machine, dict) else ():
            if isinstance(key, str) and value is not None:
                found[key] = ((*where, "machine", key), value)
    for where, value in found.values():
        for place, reference in _references(where, value):
            if not is_on(provider, reference):
                remedy = f"a machine of {provider} cannot read it: write {HOW_ON[provider]}"
                yield Fault(place, reference, remedy)


def _references(where: Where, value: object) -> Iterator[tuple[Where, str]]:
    if isinstance(value, str) and is_of_machine(value.strip()):
        yield where, value.strip()
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _references((*where, str(key)), each)
    elif isinstance(value, list):
        for i, each in enumerate(value):
            yield from _references((*where, i), each)
