"""`up` for programs: one JSON object on each line, with its kind in `type`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Self

from autoscaler.cli.failures import problems_of
from autoscaler.cli.running.news import News
from autoscaler.cli.terminal import emit
from autoscaler.core.ledger import Event
from autoscaler.errors import AutoscalerError
from autoscaler.hosts.local import Shutdown
from autoscaler.services.poll import Tick


class JsonLines:
    """started, event, tick, error, stopping, stopped."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def started(self, names: Sequence[str], *, once: bool) -> None:
        _line("started", {"autoscalers": list(names), "once": once})

    def tick(self, tick: Tick, news: News) -> None:
        self._events(news.events)
        _line("tick", _tick(tick))

    def error(self, error: AutoscalerError) -> None:
        _line("error", {"problems": [asdict(problem) for problem in problems_of(error)]})

    def stopping(self, how: Shutdown, machines: int) -> None:
        _line("stopping", {"on_shutdown": how, "machines": machines})

    def stopped(self, events: Sequence[Event], machines: int, second_looks: int) -> None:
        self._events(events)
        _line("stopped", {"machines": machines, "second_looks": second_looks})

    def _events(self, events: Sequence[Event]) -> None:
        for event in events:
            _line("event", event.model_dump(mode="json", exclude={"kind", "revision"}))


def _line(kind: str, content: dict[str, Any]) -> None:
    emit({"type": kind, **content}, line=True)


def _tick(tick: Tick) -> dict[str, Any]:
    """The plan, and the snapshot's numbers; the table has the rest."""
    told = tick.model_dump(mode="json", exclude={"seen", "plan"})
    queues = {
        ref: queue.model_dump(mode="json", include={"waiting", "oldest"})
        | {"paused": queue.paused}
        for ref, queue in tick.seen.queues.items()
    }
    return {
        **told,
        "queues": queues,
        "machines": len(tick.seen.supply),
        "busy": sum(1 for one in tick.seen.supply if one.busy),
        "idle": sum(1 for one in tick.seen.supply if one.idle and not one.busy),
        "problem": tick.seen.clearml_problem,
        **tick.plan.model_dump(mode="json", exclude={"learned"}),
    }
