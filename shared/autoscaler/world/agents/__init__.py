"""Machines from within, on virtual time: agents that pull and work, guards, deaths, notices."""

from autoscaler.world.agents.agents import Agents, Guards
from autoscaler.world.agents.slot import Slot, Work

__all__ = ["Agents", "Guards", "Slot", "Work"]
