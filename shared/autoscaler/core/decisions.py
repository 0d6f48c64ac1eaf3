"""What the plan answers: launches and drains, each with its reason, and why there are no more."""

from enum import StrEnum

from pydantic import Field

from autoscaler.core.fleet import Preferred
from autoscaler.core.memory import Memory
from autoscaler.core.value import Value


class Cause(StrEnum):
    """Why something was done, or was not. docs/explain.md has a line for each."""

    # done
    DEMAND = "demand"
    MINIMUM = "minimum"
    IDLE = "idle"
    OVER_BUDGET = "over-budget"
    BUDGET_REQUEUE = "budget-requeue"
    RECLAIMED = "reclaimed"
    DRIFTED = "drifted"
    RESOURCE_REMOVED = "resource-removed"
    REMOVED_REQUEUE = "removed-requeue"
    DISMISSED = "dismissed"
    NEVER_REGISTERED = "never-registered"
    WORKER_VANISHED = "worker-vanished"
    # nothing launched
    NO_DEMAND = "no-demand"
    COVERED = "covered"
    RESOURCE_MAX = "resource-max"
    AUTOSCALER_MAX = "autoscaler-max"
    DEPLOYMENT_MAX = "deployment-max"
    SCHEDULE = "schedule"
    FROZEN = "frozen"
    SCALE_OUT_PAUSED = "scale-out-paused"
    QUEUE_PAUSED = "queue-paused"
    QUEUE_MISSING = "queue-missing"
    OFFERINGS_UNAVAILABLE = "offerings-unavailable"
    BREAKER_OPEN = "breaker-open"
    BUDGET = "budget"
    PRICE_UNKNOWN = "price-unknown"
    RECOVERING = "recovering"
    # nothing stopped
    NOT_IDLE_LONG_ENOUGH = "not-idle-long-enough"
    BUSY = "busy"
    BOOTING = "booting"
    WORKER_SILENT = "worker-silent"
    PROTECTED = "protected"
    KEPT_FOR_MINIMUM = "kept-for-minimum"
    KEPT_FOR_WAITING = "kept-for-waiting"
    SCALE_IN_PAUSED = "scale-in-paused"
    KEPT_FROZEN = "kept-frozen"
    LEFT_ALONE = "left-alone"
    DRAINING = "draining"
    # neither
    CLEARML_UNREADABLE = "clearml-unreadable"
    CREDENTIALS_REFUSED = "credentials-refused"
    CONFIGURATION_UNUSABLE = "configuration-unusable"
    MACHINES_UNREADABLE = "machines-unreadable"


WHY_IT_STAYS = frozenset(
    {
        Cause.NOT_IDLE_LONG_ENOUGH,
        Cause.BUSY,
        Cause.BOOTING,
        Cause.WORKER_SILENT,
        Cause.PROTECTED,
        Cause.KEPT_FOR_MINIMUM,
        Cause.KEPT_FOR_WAITING,
        Cause.SCALE_IN_PAUSED,
        Cause.KEPT_FROZEN,
        Cause.LEFT_ALONE,
        Cause.DRAINING,
    }
)
"""Why a machine was not stopped; of the other verdicts, those that did nothing started none."""


class Verdict(Value):
    """One thing that a tick did or did not do: the cause, the words, the numbers, the remedy.

    `count` is how many machines (or, where nothing was launched, tasks) it concerns. `remedy` is
    empty where there is nothing for a person to do.
    """

    cause: Cause
    reason: str
    autoscaler: str = ""
    resource: str = ""
    queue: str = ""
    instance: str = ""
    count: int = 0
    remedy: str = ""


class LaunchDecision(Value):
    """Start `count` machines of `resource` (its key), for tasks that wait in `queue`.

    `prefer` is the market whose offerings are asked first; "" leaves them in their order.
    """

    resource: str
    queue: str
    count: int
    cause: Cause
    reason: str
    prefer: Preferred = ""


class DrainDecision(Value):
    """Let the instance stop; its guard refuses if work came meanwhile.

    With `requeue` it stops although it works, and its tasks go back to their queues.
    """

    instance: str
    cause: Cause
    reason: str
    requeue: bool = False


class Plan(Value):
    """Everything one tick decides. The same snapshot gives the same plan.

    `learned` are the memories that changed, by the key of their resource.
    """

    launches: tuple[LaunchDecision, ...] = ()
    drains: tuple[DrainDecision, ...] = ()
    did_not: tuple[Verdict, ...] = ()
    learned: dict[str, Memory] = Field(default_factory=dict)
