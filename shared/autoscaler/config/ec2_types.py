"""What an instance type's name tells: its processor, and whether it has a GPU of NVIDIA's."""

import re
from typing import Literal

Architecture = Literal["x86_64", "arm64"]

# the letter g after the generation is Graviton; Grace is named beside the GPU
_ARM = re.compile(r"a1\.|[a-z]+[0-9]+g[a-z]*(-[a-z0-9]+)?\.|[a-z0-9]+-gb[0-9]+\.")
_GPU = re.compile(r"(g|gr|p)[0-9]+[a-z]*(-[a-z0-9]+)?\.")
_STANDARD = frozenset("acdhimrtz")
_OWN = ("dl", "hpc", "inf", "mac", "trn")
_AMD_GPU = re.compile(r"g4ad\.")


def architecture(type: str) -> Architecture:
    return "arm64" if _ARM.match(type) else "x86_64"


def has_gpu(type: str) -> bool:
    """True for what `nvidia-smi` works on."""
    return bool(_GPU.match(type)) and not _AMD_GPU.match(type)


def quota_of(type: str) -> str:
    """The limit of vCPUs that it counts towards: one for all standard types together."""
    letters = re.match("[a-z]*", type.partition(".")[0])
    family = letters[0] if letters else ""
    if family in ("g", "gr", "vt"):
        return "g"
    return "standard" if family[:1] in _STANDARD and family not in _OWN else family
