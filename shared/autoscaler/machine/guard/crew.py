"""The agents of one machine: tended together, and ended only when they hold nothing."""

from __future__ import annotations

import signal
from pathlib import Path
from time import sleep  # noqa: TID251 - this runs on the machine
from typing import Any, Callable, Mapping, Sequence  # noqa: UP035 - Python 3.8

from autoscaler.machine.guard.agent import Agent, Child
from autoscaler.machine.guard.clearml import Look, UnknownError
from autoscaler.machine.guard.journal import say
from autoscaler.machine.guard.login import Login
from autoscaler.machine.guard.memory import Memory
from autoscaler.machine.guard.orders import Notice
from autoscaler.machine.guard.processes import frozen, left, send, sweep
from autoscaler.machine.guard.units import Unit


class Crew:
    """In `memory` are the sessions of agents that outlive the guard."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        folder: Path,
        *,
        lock: int,
        login: Login,
        memory: Memory,
        look: Look,
    ) -> None:
        self._freeze, self._folder = settings["freeze"], folder
        self._memory, self._look = memory, look
        self._bereaved = ""
        known = memory.get("sessions", {})
        self.agents: list[Agent] = [
            Child(one, settings["restart"], folder=folder, login=login, lock=lock)
            if settings["keeper"] == "processes"
            else Unit(
                one, settings["restart"], slot=slot, sessions={*known.get(one["worker"], ())}
            )
            for slot, one in enumerate(settings["agents"])
        ]

    def tend(self, now: float) -> None:
        """Start who is to be started, and end what the dead have left."""
        for agent in self.agents:
            if agent.died(now) and self._was_busy(agent):
                self._bereave(agent)
            if agent.due(now):
                agent.begin(now)
        self._memory.keep(sessions={one.worker: sorted(one.sessions) for one in self.agents})

    @property
    def pids(self) -> list[int]:
        """Of the agents, not of their tasks."""
        return [pid for agent in self.agents for pid in agent.pids]

    @property
    def sessions(self) -> set[int]:
        return {session for agent in self.agents for session in agent.sessions}

    @property
    def doubtful(self) -> bool:
        """Whether what held them last may be anybody's."""
        return self._look.doubtful

    def works(self) -> bool:
        """Whether the agents have started anything that still runs."""
        return bool(left(self.sessions, self._folder) - {*self.pids})

    @property
    def notice(self) -> Notice | None:
        """The machine of a lost task ends: only then the task is brought back."""
        return Notice(self._bereaved, None) if self._bereaved else None

    def worn_out(self) -> str:
        """Why no slot will ever work again; one that is broken does not end the others' work."""
        reasons = [agent.broken for agent in self.agents]
        return reasons[0] if all(reasons) and not left(self.sessions) else ""

    def over(self) -> bool:
        """Whether all agents, and what they have started, are gone."""
        return not self.pids and not left(self.sessions)

    def retire(self) -> None:
        """No agent is started any more."""
        for agent in self.agents:
            agent.retired = True

    def end_idle(self, agents: Sequence[Agent], now: float) -> list[Agent]:
        """Kill those of these agents that hold nothing; returns them. May raise UnknownError."""
        alive = [one for one in agents if one.pids]
        free = self._look.idle([one.worker for one in alive]) if alive else []
        idle = [one for one in alive if one.worker in free]
        if not idle or self.end(idle, now, lambda: ""):
            return []
        for agent in idle:
            agent.killed(now)
            self._unregister(agent)
        return idle

    def end(self, agents: Sequence[Agent], now: float, veto: Callable[[], str]) -> str:
        """Why these agents must stay; when nothing holds them, they are dead.

        A pull may be under way while its agent is frozen: the server completes it. So the look
        that counts comes a while after the freeze. An agent that works is not even frozen. One
        that holds nothing is killed while it stands still: told to leave, it might pull once more.
        """
        workers = [one.worker for one in agents]
        held = self._look.held(now, workers)
        if held:
            return held
        pids = [pid for one in agents for pid in one.pids]
        with frozen(pids):
            sleep(self._freeze)
            held = self._look.held(now, workers) or veto()
            if not held:
                send(signal.SIGKILL, pids)
        return held

    def _was_busy(self, agent: Agent) -> bool:
        """Whether it died under a task: one that runs still, or that ClearML thinks it runs."""
        if left(agent.sessions):
            return True
        try:
            return not self._look.idle([agent.worker])
        except UnknownError:
            return False

    def _bereave(self, agent: Agent) -> None:
        """End the task of a dead agent: nobody keeps its log, or tells ClearML how it went.

        It stays in progress, and comes back as any task does whose machine was lost.
        """
        sweep(agent.sessions)
        self._bereaved = f"the agent of {agent.worker} died under its task"
        agent.give_up(self._bereaved)

    def unregister(self) -> None:
        """What an agent would have done; left out, ClearML lists it for ten minutes more."""
        for agent in self.agents:
            self._unregister(agent)

    def _unregister(self, agent: Agent) -> None:
        try:
            self._look.unregister(agent.worker)
        except UnknownError as error:
            say("still-registered", worker=agent.worker, error=str(error))
