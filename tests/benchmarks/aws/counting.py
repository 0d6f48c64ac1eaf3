"""What a function asks AWS for, heard from its own SDK: the requests that stand on a bill."""

from collections import Counter
from typing import Any

from botocore import xform_name

from autoscaler.adapters.aws import clients
from tests.adapters.aws.dynamodb.meter import Units, units_of


class Counting:
    """Each request counts, also one that the SDK sends again by itself."""

    def __init__(self) -> None:
        self._calls: Counter[str] = Counter()
        self._units = Units(0, 0)
        session = clients._of_the_process()  # noqa: SLF001 - whose clients the function will use
        hear: Any = session.register  # each event has its own arguments
        hear("before-send", self._sent)
        hear("provide-client-params.dynamodb", self._wanted)
        hear("after-call.dynamodb", self._answered)

    def reset(self) -> None:
        self._calls.clear()
        self._units = Units(0, 0)

    def counted(self) -> dict[str, Any]:
        return {"calls": dict(self._calls), "units": self._units}

    def _sent(self, event_name: str, **_: Any) -> None:
        self._calls[event_name.removeprefix("before-send.").replace(".", ":")] += 1

    def _wanted(self, params: Any, context: dict[str, Any], **_: Any) -> None:
        context["wanted"] = params

    def _answered(self, parsed: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
        """A write that was refused for its condition costs as much as one that was done."""
        cost = units_of(xform_name(model.name), context["wanted"], {"Items": [], **parsed})
        self._units = Units(self._units.read + cost.read, self._units.written + cost.written)
