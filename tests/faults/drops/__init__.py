"""The rules of the protocol, each to be switched off by a small substitution."""

from tests.faults.drops.drop import NOTHING, Drop
from tests.faults.drops.table import DROPS, FAST, WAYS

__all__ = ["DROPS", "FAST", "NOTHING", "WAYS", "Drop"]
