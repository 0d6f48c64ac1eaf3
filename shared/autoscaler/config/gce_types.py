"""What a machine type's name tells: its processor, its vCPUs, and how it gets GPUs."""

import re
from typing import Literal

Architecture = Literal["x86_64", "arm64"]
Gpus = Literal["built in", "attached", "none"]

_ARM = re.compile(r"(t2a|c4a|n4a|a4x)-")
_BUILT_IN = re.compile(r"(a2|a3|a4|a4x|g2|g4)-")
_ATTACHED = re.compile(r"(n1|custom)-")
_CUSTOM = re.compile(r"(?:([a-z][a-z0-9]*)-)?custom-([0-9]+)-([0-9]+)(-ext)?")
_SIZED = re.compile(r"[a-z][a-z0-9]*-[a-z]+-([0-9]+)(-[a-z]+)*")
_BY_GPU = re.compile(r"(a[0-9][a-z]*-[a-z]+gpu)-([0-9]+)g(-[a-z]+)*")
_SHARED = {"f1-micro": 1, "g1-small": 1, "e2-micro": 2, "e2-small": 2, "e2-medium": 2}
_FULL = {
    "a2-highgpu": {1: 12, 2: 24, 4: 48, 8: 96},
    "a2-megagpu": {16: 96},
    "a2-ultragpu": {1: 12, 2: 24, 4: 48, 8: 96},
    "a3-edgegpu": {8: 208},
    "a3-highgpu": {1: 26, 2: 52, 4: 104, 8: 208},
    "a3-megagpu": {8: 208},
    "a3-ultragpu": {8: 224},
    "a4-highgpu": {8: 224},
    "a4x-highgpu": {4: 140},
}


def architecture(type: str) -> Architecture:
    return "arm64" if _ARM.match(type) else "x86_64"


def gpus(type: str) -> Gpus:
    """Whether it has GPUs by itself, may be given some, or can have none."""
    if _BUILT_IN.match(type):
        return "built in"
    return "attached" if _ATTACHED.match(type) else "none"


def vcpus(type: str) -> int | None:
    """How many it has; None where the name does not tell.

    A custom type's name is its series (without one: n1), vCPUs and memory in MiB.
    """
    if type in _SHARED:
        return _SHARED[type]
    if found := _CUSTOM.fullmatch(type):
        return int(found[2])
    if found := _BY_GPU.fullmatch(type):
        return _FULL.get(found[1], {}).get(int(found[2]))
    found = _SIZED.fullmatch(type)
    return int(found[1]) if found else None


def custom(type: str) -> tuple[int, int] | None:
    """VCPUs and MiB of memory of a custom type, None for another."""
    found = _CUSTOM.fullmatch(type)
    return (int(found[2]), int(found[3])) if found else None


def family(type: str) -> str:
    """Its series: `n1` is a custom type's that names none."""
    first = type.partition("-")[0]
    return "n1" if first == "custom" else first
