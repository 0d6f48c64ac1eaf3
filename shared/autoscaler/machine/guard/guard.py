"""The guard itself: orders, limits, and how the machine ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from time import monotonic, sleep  # noqa: TID251 - this runs on the machine

from autoscaler.machine.guard.agent import Agent
from autoscaler.machine.guard.clearml import Look, Server, UnknownError
from autoscaler.machine.guard.journal import mark_ended, say, trim_log
from autoscaler.machine.guard.orders import FileOrders
from autoscaler.machine.guard.processes import frozen, left, remove_containers, send, sweep


class Guard:
    """Supervises the agents of one machine.

    Its settings, all times in seconds: worker, queues, agents (worker, command, environment);
    poll, probe, freeze, again, restart; boot, idle, life (0: no limit); containers, scratch.
    """

    def __init__(self, folder: Path, lock: int) -> None:
        self._folder, self._ended = folder, folder / "ended"
        self._settings = json.loads((folder / "machine.json").read_text())["guard"]
        pause, ours = self._settings["restart"], self._settings["agents"]
        self._agents = [Agent(one, folder, lock=lock, pause=pause) for one in ours]
        server = Server(os.environ)  # noqa: TID251 - this runs on the machine
        self._look = Look(server, self._settings["worker"], self._settings["queues"])
        self._orders = FileOrders(folder)
        self._born = self._last_busy = monotonic()
        self._registered = self._busy = False
        self._probe_at = self._again_at = 0.0
        self._refused = self._told = ""

    def run(self) -> str:
        """Supervise until the machine has to end; returns why."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, "_told", "told to by a signal"))
        while True:
            try:
                reason = self._told or self._step(monotonic())
            except OSError as error:  # no process, memory or disk space just now
                say("trouble", error=repr(error))
                reason = ""
            if reason:
                return reason
            sleep(self._settings["poll"])

    def finish(self, reason: str) -> None:
        """End all that belongs to the machine; only then say that it has ended.

        Nobody is told to leave: an agent would call its task aborted by a user, and nobody would
        bring it back. A task that is killed stays in progress, and is found to be lost.
        """
        say("ending", reason=reason)
        sweep(self._sessions(), self._folder)
        remove_containers(self._settings["containers"])
        self._unregister()
        say("ended", reason=reason)
        mark_ended(self._ended, reason)
        for name in self._settings["scratch"]:
            shutil.rmtree(self._folder / name, ignore_errors=True)

    def _step(self, now: float) -> str:
        if self._ended.exists():
            return "terminated"
        for agent in self._agents:
            agent.tend(now)
        trim_log()
        if now >= self._probe_at:
            self._probe(now)
        return self._worn_out() or self._obey(now) or self._overdue(now)

    def _worn_out(self) -> str:
        """Why no slot will ever work again; one that is broken does not end the others' work."""
        reasons = [agent.broken for agent in self._agents]
        over = all(reasons) and not left(self._sessions())
        return reasons[0] if over else ""

    def _probe(self, now: float) -> None:
        self._probe_at = now + self._settings["probe"]
        try:
            rows = self._look.workers()
        except UnknownError as error:
            say("clearml-unreachable", error=str(error))
            self._busy = self._works()
        else:
            self._busy = any(row.get("task") for row in rows)
            self._registered = self._registered or bool(rows)
        if self._busy:
            self._last_busy = now

    def _obey(self, now: float) -> str:
        """Follow the standing order once; one that could not be judged is tried again."""
        nonce = self._orders.nonce()
        if not nonce or nonce == self._refused or now < self._again_at:
            return ""
        try:
            held = self._drain(now, nonce)
        except UnknownError as error:
            say("drain-postponed", nonce=nonce, error=str(error))
            self._again_at = monotonic() + self._settings["again"]
            return ""
        if held:
            say("drain-refused", nonce=nonce, reason=held)
            self._refused = nonce
        return "" if held else "drained"

    def _overdue(self, now: float) -> str:
        """The safety net: why a machine that nobody drains ends by itself."""
        reason = self._limit(now)
        if not reason or now < self._again_at:
            return ""
        self._again_at = now + self._settings["again"]
        try:
            held = self._drain(now, self._orders.nonce())
        except UnknownError as error:
            held = str(error) if self._works() else ""
        if held:
            say("stays", limit=reason, held=held)
        return "" if held else reason

    def _limit(self, now: float) -> str:
        age, idle, limits = now - self._born, now - self._last_busy, self._settings
        if not self._registered and age > limits["boot"]:
            return f"no worker was registered within {limits['boot']:.0f} s"
        if idle > limits["idle"]:
            return f"idle for {idle:.0f} s"
        if limits["life"] and age > limits["life"] and not self._busy:
            return f"lived for {age:.0f} s and has no task"
        return ""

    def _drain(self, now: float, nonce: str) -> str:
        """Why the machine must stay; when nothing holds it, its agents are dead.

        A pull may be under way while its agent is frozen: the server completes it. So the look
        that counts comes a while after the freeze. An agent that works is not even frozen. One
        that holds nothing is killed while it stands still: told to leave, it might pull once more.
        """
        held = self._look.held(now)
        if held:
            return held
        pids = self._pids()
        with frozen(pids):
            sleep(self._settings["freeze"])
            held = self._look.held(now)
            if not held and self._orders.nonce() != nonce:
                held = "the order was changed meanwhile"
            if not held:
                send(signal.SIGKILL, pids)
        return held

    def _unregister(self) -> None:
        """What an agent would have done; left out, ClearML lists it for ten minutes more."""
        for one in self._settings["agents"]:
            try:
                self._look.unregister(one["worker"])
            except UnknownError as error:
                say("still-registered", worker=one["worker"], error=str(error))

    def _works(self) -> bool:
        """Whether the agents have started anything that still runs."""
        return bool(left(self._sessions(), self._folder) - {*self._pids()})

    def _pids(self) -> list[int]:
        return [pid for agent in self._agents for pid in agent.pids]

    def _sessions(self) -> set[int]:
        return {session for agent in self._agents for session in agent.sessions}
