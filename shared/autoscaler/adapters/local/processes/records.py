"""What is written down: of each machine, and of each launch."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from autoscaler.core.seen import Machine
from autoscaler.core.value import Value
from autoscaler.ports import Order


class MachineRecord(Value):
    """machine.json: the machine as it was born, and its guard's settings."""

    deployment: str
    index: int
    request_sha: str
    gpus: tuple[str, ...]
    machine: Machine
    guard: dict[str, Any]


class LaunchRecord(Value):
    """What a token got: the positions that were granted, each with a GPU per slot (or none).

    It is written before the first machine exists, and machines exist for nothing else: that
    makes a launch idempotent.
    """

    request_sha: str
    granted: dict[int, tuple[str, ...]]


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def instance_id(order: Order, position: int) -> str:
    """The same order gives the same ids."""
    return f"{order.launch}-{order.attempt}-{position}"


def share_out(
    positions: Iterable[int], slots: int, pool: tuple[str, ...], used: Iterable[str]
) -> dict[int, tuple[str, ...]]:
    """A free GPU for every slot; positions for which none are left are missing."""
    if not pool:
        return dict.fromkeys(positions, ())
    taken = devices(used)
    free = [entry for entry in pool if not taken & devices([entry])]
    return {
        position: tuple(free[at : at + slots])
        for at, position in zip(range(0, len(free) - slots + 1, slots), positions, strict=False)
    }


def devices(entries: Iterable[str]) -> set[str]:
    return {device for entry in entries for device in entry.split(",")}
