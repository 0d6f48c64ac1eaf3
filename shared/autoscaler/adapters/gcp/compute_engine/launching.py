"""One order's calls to Compute Engine, and what their answers mean together."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from autoscaler.adapters.gcp.compute_engine.answers import No, answered, refused
from autoscaler.adapters.gcp.compute_engine.ended import gone
from autoscaler.adapters.gcp.compute_engine.inserting import Inserts, inserted, unknown_words
from autoscaler.adapters.gcp.compute_engine.listing import Listing
from autoscaler.adapters.gcp.compute_engine.names import Born
from autoscaler.adapters.gcp.compute_engine.request import rendered
from autoscaler.adapters.gcp.compute_engine.scopes import scopes
from autoscaler.adapters.gcp.compute_engine.spec import GceSpec
from autoscaler.core.seen import Machine
from autoscaler.errors import CredentialsError, UnavailableError
from autoscaler.ports import Ambiguous, Answer, Clock, Launched, Order, Refused, Throttled

_EDITED = Refused(
    code="RequestChanged",
    detail="the request is not what the configuration asks for",
    operator=True,
)
_SOON = 5.0
_UNSETTLED = ("ambiguous", "throttled", "exists", "known")


class Launching:
    """Sends what was rendered, once it is sure that it is what the configuration says."""

    def __init__(self, listing: Listing, clock: Clock) -> None:
        self._listing, self._clock = listing, clock

    def launch(self, order: Order, request: str, spec: GceSpec | None) -> Answer:
        try:
            changed = request != rendered(order, spec)
        except CredentialsError as error:
            return Refused(code="NoLogin", detail=str(error), operator=True)
        except UnavailableError:
            return Throttled(after=_SOON)  # nothing was sent
        if spec is None or changed:
            return _EDITED
        document = json.loads(request)
        if "problem" in document:
            return Refused(code="NoRequest", detail=document["problem"], operator=True)
        try:
            return self._sent(order, spec, document)
        except UnavailableError as error:
            return Ambiguous(detail=str(error))

    def _sent(self, order: Order, spec: GceSpec, document: dict[str, Any]) -> Answer:
        asked = Inserts(
            spec.access, document["zone"], document["machines"], body=document["request"]
        )
        if unknown := unknown_words(asked.body):
            return Refused(code="InvalidRequest", detail=unknown, operator=True)
        outcomes = inserted(asked, self._clock)
        wide = scopes(spec, spec.purchases[order.offering])
        told = [no for no in outcomes.values() if no]
        if any(no.kind in _UNSETTLED for no in told) or _nobody_may(told, outcomes):
            return answered(told, wide)
        machines = self._machines(order, asked, outcomes)
        if not machines:
            return answered(told, wide)
        return Launched(machines=machines, refused=refused(told, wide))

    def _machines(
        self, order: Order, asked: Inserts, outcomes: dict[str, No | None]
    ) -> tuple[Machine, ...]:
        """Those that came, some of which may be gone again; whatever stands there has come."""
        standing = self._listing.of_order(asked.access, order, asked.zone)
        found: list[Machine] = []
        for name, no in outcomes.items():
            born = Born.of(self._listing.deployment, name)
            if name in standing:
                found.append(self._listing.machine_of(standing[name]))
            elif no is None and born:
                found.append(gone(born, name, asked.zone, detail="it is not there any more"))
        return tuple(sorted(found, key=lambda one: one.position))


def _nobody_may(told: Sequence[No], outcomes: Mapping[str, No | None]) -> bool:
    """Whether all is said: who may not ask may perhaps not even look."""
    return len(told) == len(outcomes) and all(no.kind == "operator" for no in told)
