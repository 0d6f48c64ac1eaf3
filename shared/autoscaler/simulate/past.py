"""The tasks of a server's past as a workload. When each was submitted has to be estimated."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from autoscaler.core.ran import Ran
from autoscaler.core.words import many
from autoscaler.errors import ConfigError, Problem
from autoscaler.simulate.workload import Task, Workload, workload

DRAFT_AFTER = timedelta(hours=24)
"""Who creates a task to run it enqueues it before that; what was older had been a draft."""
_NO_QUEUE = "never stood in a queue"
_NEVER_BEGAN = "never began"
_NOT_SERVED = "stood in a queue that no resource serves"
_BEFORE = "began before that time"


def past(
    found: Iterable[Ran], names: Mapping[str, str], served: Sequence[str], since: datetime
) -> tuple[Workload, tuple[str, ...]]:
    """The tasks that were submitted since then to queues that are `served`; and words for people.

    `names` is what `served` calls a queue, by its id. The words say how the time of submission was
    estimated, and what was left out. ConfigError when no task is left.
    """
    left_out: Counter[str] = Counter()
    kept: list[Task] = []
    drafts = 0
    for ran in found:
        why = _why_not(ran, names, served, since)
        if why or ran.started is None:
            left_out[why] += 1
            continue
        is_draft = ran.started - ran.created > DRAFT_AFTER
        drafts += is_draft
        submitted = ran.started if is_draft else max(ran.created, since)
        kept.append(
            Task(
                id=ran.id,
                queue=names[ran.queue],
                submit_s=(submitted - since).total_seconds(),
                duration_s=max(0.0, (ran.ended - ran.started).total_seconds()),
            )
        )
    told = _told(len(kept), left_out)
    if not kept:
        raise ConfigError(Problem("--from-clearml", "", f"nothing to simulate: {told}"))
    days = f"tasks since {since:%Y-%m-%d}"
    return workload(days, kept, since), (told, _method(drafts, len(kept)))


def _why_not(ran: Ran, names: Mapping[str, str], served: Sequence[str], since: datetime) -> str:
    """Why the task cannot be simulated; empty when it can."""
    if not ran.queue:
        return _NO_QUEUE
    if ran.started is None:
        return _NEVER_BEGAN
    if names.get(ran.queue) not in served:
        return _NOT_SERVED
    return _BEFORE if ran.started < since else ""


def _told(kept: int, left_out: Counter[str]) -> str:
    total = kept + left_out.total()
    said = f"{kept} of {many(total, 'task')} that ended are simulated"
    if not left_out:
        return said
    share = left_out.total() / total * 100
    why = ", ".join(f"{count} {words}" for words, count in left_out.most_common())
    return f"{said}; left out are {share:.0f} %: {why}"


def _method(drafts: int, kept: int) -> str:
    hours = DRAFT_AFTER // timedelta(hours=1)
    return (
        "ClearML does not keep when a task was enqueued: it counts as submitted when it was"
        f" created, or when it began, if that was more than {hours} h later"
        f" ({drafts} of {many(kept, 'task')})"
    )
