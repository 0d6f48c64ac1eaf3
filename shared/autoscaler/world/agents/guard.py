"""The guard of one machine, as machine.md promises it: freeze, wait, look, answer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Literal

from autoscaler.core.fleet import Resource
from autoscaler.world.agents.host import Host
from autoscaler.world.clearml import ClearML
from autoscaler.world.cloud.nature import Chance
from autoscaler.world.cloud.time import Time

Held = Literal["task", "doubt", ""]
_NOTICES = (0.5, 8.0)
_FREEZE = 2.0
_AGAIN = 30.0
_STALE = 120.0
_WITHDRAWN = 900.0
_MINUTES_15 = timedelta(minutes=15)
_BOOT_GRACE = timedelta(minutes=5)


def death_limit(resource: Resource) -> float:
    """How long a machine without work may live when nobody else ends it (R15)."""
    return (resource.max_idle * 3 + _MINUTES_15).total_seconds()


class Guard:
    """Ends its machine when ordered and free, or idle beyond its limit. `leave` powers it off.

    From a notice on, no agent takes new work, unless the machine outlives it by far.
    """

    def __init__(
        self,
        host: Host,
        resource: Resource,
        time: Time,
        chance: Chance,
        clearml: ClearML,
        leave: Callable[[Host, str], None],
    ) -> None:
        self._host = host
        self._time = time
        self._chance = chance
        self._clearml = clearml
        self._leave = leave
        self._limit = death_limit(resource)
        self._refused = ""
        self._drains = False
        self._doubted: dict[str, float] = {}
        self.freezes = True
        self.mortal = True
        self._idle_since = time.at
        boot = (resource.max_spin_up + _BOOT_GRACE).total_seconds()
        time.later(boot, self._unregistered)

    def ordered(self) -> None:
        self._time.later(self._chance.random.uniform(*_NOTICES), self._obey)

    def noticed(self) -> None:
        """The cloud takes the machine back: what runs goes on, nothing else begins."""
        self._rest()
        self._time.later(_FREEZE, self._thaw)  # a pop that was under way has arrived
        due = (self._host.box.taken_at or self._time.at) - self._time.at
        self._time.later(due + _WITHDRAWN + _FREEZE, self._thaw)

    def idle(self) -> None:
        """A task has ended, or the agents came up."""
        self._rest()
        self._idle_since = since = self._time.at
        self._time.later(self._limit, lambda: self._overdue(since))

    def _obey(self) -> None:
        nonce = self._host.box.order
        if self._host.box.runs and nonce and nonce != self._refused:
            self._drain(nonce, "drained")

    def _overdue(self, since: float) -> None:
        """While a task is held there is nothing to do: its end begins a new time of idleness."""
        idle = self._idle_since == since and not self._host.tasks
        if self.mortal and self._host.box.runs and idle:
            self._drain(self._host.box.order, "idle beyond its limit")
            self._time.later(_AGAIN, lambda: self._overdue(since))

    def _unregistered(self) -> None:
        if self.mortal and self._host.box.runs and not self._host.slots:
            self._leave(self._host, "never registered")

    def _drain(self, nonce: str, why: str) -> None:
        if self._drains:
            self._time.later(_FREEZE, lambda: self._obey_again(nonce, why))
            return
        if held := self._held():
            self._stay(held, nonce, why)
            return
        self._drains = True
        for slot in self._host.slots if self.freezes else ():
            slot.freeze()
        self._time.later(_FREEZE, lambda: self._look(nonce, why))

    def _look(self, nonce: str, why: str) -> None:
        """The agents stand still, and a pop that was under way has arrived."""
        self._drains = False
        if not self._host.box.runs:
            return
        unread = self._chance(self._chance.nature.unreadable)
        if held := "doubt" if unread else self._held():
            self._thaw()
            self._stay(held, nonce, why)
            return
        if self._host.box.order != nonce:
            self._thaw()
            return
        self._time.later(0 if self.freezes else _FREEZE, lambda: self._farewell(why))

    def _leaving(self) -> bool:
        taken_at = self._host.box.taken_at
        return taken_at is not None and self._time.at < taken_at + _WITHDRAWN

    def _rest(self) -> None:
        for slot in self._host.slots if self._leaving() else ():
            if not slot.task:
                slot.freeze()

    def _thaw(self) -> None:
        """Who holds a task goes on with it; the others only where work may begin."""
        for slot in self._host.slots if not self._drains else ():
            if slot.task or not self._leaving():
                slot.thaw()

    def _farewell(self, why: str) -> None:
        if not self._host.box.runs:
            return
        for slot in self._host.slots:
            slot.kill()
            self._clearml.workers.unregister(slot.worker, user=self._clearml.user)
        self._leave(self._host, why)

    def _obey_again(self, nonce: str, why: str) -> None:
        if self._host.box.runs and self._host.box.order == nonce:
            self._drain(nonce, why)

    def _stay(self, held: Held, nonce: str, why: str) -> None:
        """A task that is reported refuses the order, for everybody to see; else, another look."""
        if held == "task":
            self._refused = nonce
        else:
            self._time.later(_AGAIN, lambda: self._obey_again(nonce, why))

    def _held(self) -> Held:
        """What ClearML says. A task that nobody reports for long is in nobody's hands."""
        for slot in self._host.slots:
            worker = self._clearml.workers.find(slot.worker)
            if worker and worker.task:
                return "task"
        popped = [t.id for t in self._clearml.tasks.popped() if t.queue in self._host.queues]
        self._doubted = {task: self._doubted.get(task, self._time.at) for task in popped}
        fresh = any(self._time.at - since < _STALE for since in self._doubted.values())
        return "doubt" if fresh else ""
