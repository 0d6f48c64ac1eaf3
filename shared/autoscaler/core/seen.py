"""What one tick saw of the world.

There is a worker and a supply for each machine in each tick, made of what was checked already: a
dataclass costs less than half of a model.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Field

from autoscaler.core.fleet import OnShutdown
from autoscaler.core.ledger import Breaker, Control, Instance, Repair, Spend, Unavailable
from autoscaler.core.memory import Memory
from autoscaler.core.value import Value

PAUSE_TAG = "force_workers:off"


class Queue(Value):
    """A ClearML queue: how many tasks wait, since when the first of them."""

    id: str
    name: str
    waiting: int
    oldest: datetime | None = None
    tags: tuple[str, ...] = ()

    @property
    def paused(self) -> bool:
        """True while the operator's tag keeps agents from pulling."""
        return PAUSE_TAG in self.tags


@dataclass(frozen=True, slots=True)
class Worker:
    """A ClearML worker: an agent process that reported lately. Busy when it holds a task."""

    id: str
    task: str = ""
    queues: tuple[str, ...] = ()
    user: str = ""
    last_report: datetime | None = None


class Task(Value):
    """A ClearML task, as far as it matters whether somebody still works on it.

    `queue` is the id of the queue it was last enqueued in; `waiting` says that it stands in a
    queue now. `changed` is when its status last changed, `reported` when anybody last spoke of it.
    """

    id: str
    status: str
    reason: str = ""
    queue: str = ""
    worker: str = ""
    waiting: bool = False
    changed: datetime | None = None
    reported: datetime | None = None


class Machine(Value):
    """A machine as its compute lists it, with the tags it was born with.

    `position` is its place in the list that the call asked for. `gone` machines are proof of an
    end: terminated records, not mere absence. `worker` is the id
    its agent reports under; with several slots, what comes before `:0`, `:1` and so on.
    """

    instance_id: str
    state: Literal["living", "stopping", "gone"]
    autoscaler: str
    resource: str
    launch: str
    attempt: int
    position: int
    token: str
    type: str = ""
    zone: str = ""
    market: str = ""
    worker: str = ""
    queue_ids: tuple[str, ...] = ()
    slots: int = 1
    config_hash: str = ""
    launched_at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Supply:
    """An instance with what its slots do right now: idle, busy, or not there yet."""

    instance: Instance
    idle: int = 0
    busy: int = 0
    coming: int = 0


class Snapshot(Value):
    """All that one tick saw; the plan depends on nothing else.

    `queues` maps what the operator wrote to the queue it names; a ref that is absent does not
    exist. `clearml_problem` is None when queues and workers were read in full; otherwise it says
    what went wrong and `queues` is empty. `unreadable` maps a compute's name to what went wrong.
    `ended` are the rows of machines that are gone and whose cost is not in `spend` yet.
    `repairs` tell of tasks that lost their machine and are not done yet; of those, workers say
    that they hold the `running` ones.
    `foreign` are machines that carry our tags and that our calls did not start. `twice` are tasks
    that several workers say they execute, with these workers. `on_shutdown` is by autoscaler, also
    of those that have left the configuration. `config_problem` says what is wrong with the
    configuration that should count. `held`: another stands in for it, so nothing is decided.
    `memories` are what was learned so far, by the key of the resource.
    """

    now: datetime
    queues: dict[str, Queue] = Field(default_factory=dict)
    supply: tuple[Supply, ...] = ()
    controls: tuple[Control, ...] = ()
    unavailable: tuple[Unavailable, ...] = ()
    breakers: tuple[Breaker, ...] = ()
    ended: tuple[Instance, ...] = ()
    spend: tuple[Spend, ...] = ()
    repairs: tuple[Repair, ...] = ()
    running: frozenset[str] = frozenset()
    foreign: tuple[str, ...] = ()
    twice: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    on_shutdown: dict[str, OnShutdown] = Field(default_factory=dict)
    memories: dict[str, Memory] = Field(default_factory=dict)
    clearml_problem: str | None = None
    credentials_refused: bool = False
    unreadable: dict[str, str] = Field(default_factory=dict)
    recover_until: datetime | None = None
    config_problem: str = ""
    held: bool = False
