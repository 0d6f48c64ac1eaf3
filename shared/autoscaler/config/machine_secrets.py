"""Secrets that machines cannot read by themselves, because another cloud keeps them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from autoscaler.config.faults import Fault, Where
from autoscaler.config.references import HOW_ON, is_of_machine, is_on

_PAIR = ("agent_access_key", "agent_secret_key")


def unreadable_keys(clearml: object, providers: Iterable[object]) -> Iterator[Fault]:
    """The agents' keys at ClearML, which machines of each provider read by themselves."""
    raw = clearml if isinstance(clearml, dict) else {}
    keys = _PAIR if any(raw.get(key) for key in _PAIR) else ("access_key", "secret_key")
    for provider in providers:
        if not isinstance(provider, str) or provider not in HOW_ON:
            continue
        for key, own in zip(keys, _PAIR, strict=True):
            written = raw.get(key)
            if not (isinstance(written, str) and is_on(provider, written.strip())):
                how = f"write {own} as {HOW_ON[provider]}"
                remedy = f"machines of {provider} read this by themselves: {how}"
                yield Fault(("clearml", own), "", remedy)


def unreadable(*levels: tuple[Where, Mapping[str, Any]]) -> Iterator[Fault]:
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
