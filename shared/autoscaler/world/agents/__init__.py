"""Machines from within, on virtual time: agents that pull and work, guards, deaths, notices."""

from autoscaler.world.agents.agents import Agents, Guards, Habits
from autoscaler.world.agents.slot import Slot, Work
from autoscaler.world.agents.waiting import Waiting

__all__ = ["Agents", "Guards", "Habits", "Slot", "Waiting", "Work"]
