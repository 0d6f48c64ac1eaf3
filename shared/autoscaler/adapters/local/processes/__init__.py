"""Compute `process`: a machine is a folder, a guard and real agents on this computer."""

from autoscaler.adapters.local.processes.compute import Processes
from autoscaler.adapters.local.processes.spec import ProcessSpec
from autoscaler.machine.limits import GuardTiming

__all__ = ["GuardTiming", "ProcessSpec", "Processes"]
