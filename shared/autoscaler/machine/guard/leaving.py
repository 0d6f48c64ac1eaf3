"""Why a machine leaves: it was ordered to, its cloud takes it back, or its time is over."""

from __future__ import annotations

from time import monotonic  # noqa: TID251 - this runs on the machine
from typing import Any, Mapping  # noqa: UP035 - Python 3.8

from autoscaler.machine.guard.agent import Agent
from autoscaler.machine.guard.clearml import UnknownError
from autoscaler.machine.guard.crew import Crew
from autoscaler.machine.guard.journal import say
from autoscaler.machine.guard.limits import Limits
from autoscaler.machine.guard.login import Login
from autoscaler.machine.guard.orders import Orders


class Leaving:
    """`taken_by`: when the cloud itself ends a machine whose tasks were ended for it, or 0."""

    def __init__(
        self, settings: Mapping[str, Any], orders: Orders, crew: Crew, limits: Limits, login: Login
    ) -> None:
        self._settings, self._orders, self._crew = settings, orders, crew
        self._limits, self._login = limits, login
        self._again_at = self._idle_at = 0.0
        self._refused = self._heeded = ""
        self._renewals = 0
        self._outdated: list[Agent] = []
        self.taken_by = 0.0

    def reason(self, now: float) -> str:
        """Why the machine is to end now, its agents being dead or about to be killed, or ""."""
        self._renew(now)
        return self._obey(now) or self._heed(now) or self._overdue(now)

    def _obey(self, now: float) -> str:
        """Follow the standing order once; one that could not be judged is tried again.

        What is refused for good is a task that our worker reports, so that everybody sees why.
        """
        nonce = self._orders.nonce()
        if not nonce or nonce == self._refused or now < self._again_at:
            return ""
        try:
            held = self._drain(now, nonce)
        except UnknownError as error:
            return self._postpone(nonce, str(error))
        if held and self._crew.doubtful:
            return self._postpone(nonce, held)
        if held:
            say("drain-refused", nonce=nonce, reason=held)
            self._refused = nonce
        return "" if held else "drained"

    def _postpone(self, nonce: str, reason: str) -> str:
        say("drain-postponed", nonce=nonce, reason=reason)
        self._again_at = monotonic() + self._settings["again"]
        return ""

    def _heed(self, now: float) -> str:
        """A notice: idle agents leave at once, the others when their task ends or has to."""
        notice = self._orders.notice() or self._crew.notice
        if notice and notice.reason != self._heeded:
            self._heeded = notice.reason
            left = round(notice.until - now) if notice.until is not None else None
            say("notice", reason=notice.reason, seconds=left)
            self._crew.retire()
        if not self._heeded:
            return ""
        hurry = notice is not None and notice.until is not None
        if notice and notice.until is not None and now >= notice.until - self._settings["margin"]:
            self.taken_by = notice.until + self._settings["margin"]
            return self._heeded
        self._end_idle(self._crew.agents, now, self._settings["poll" if hurry else "again"])
        return self._heeded if self._crew.over() else ""

    def _overdue(self, now: float) -> str:
        """The safety net: why a machine that nobody drains ends by itself."""
        reason = self._limits.reached(now)
        if not reason or now < self._again_at:
            return ""
        self._again_at = now + self._settings["again"]
        try:
            held = self._drain(now, self._orders.nonce())
        except UnknownError as error:
            held = str(error) if self._crew.works() else ""
        if held:
            say("stays", limit=reason, held=held)
        return "" if held else reason

    def _drain(self, now: float, nonce: str) -> str:
        """Why the machine must stay; when nothing holds it, its agents are dead."""

        def changed() -> str:
            same = self._orders.nonce() == nonce
            return "" if same else "the order was changed meanwhile"

        return self._crew.end(self._crew.agents, now, changed)

    def _renew(self, now: float) -> None:
        """Agents keep the login that they were started with: the idle ones start anew."""
        if self._login.renewals != self._renewals:
            self._renewals, self._outdated = self._login.renewals, list(self._crew.agents)
        if self._outdated:
            gone = self._end_idle(self._outdated, now, self._settings["again"])
            self._outdated = [one for one in self._outdated if one not in gone]

    def _end_idle(self, agents: list[Agent], now: float, pause: float) -> list[Agent]:
        """Those of these agents that held nothing, and are dead now."""
        if now < self._idle_at:
            return []
        self._idle_at = now + pause
        try:
            return self._crew.end_idle(agents, now)
        except UnknownError as error:
            say("idle-unknown", error=str(error))
            return []
