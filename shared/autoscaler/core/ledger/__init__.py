"""The rows of the state table: who may own a machine, and why everything is as it is.

Rows are flat, so that people can read them in a database console. `revision` is the revision that
was read; 0 means the row must not exist yet. A store keeps `revision + 1` when it accepts a write.
"""

from typing import Annotated

from pydantic import Field

from autoscaler.core.ledger.base import BaseRow, OfResource, Ref
from autoscaler.core.ledger.facts import (
    Breaker,
    ConfigRow,
    Control,
    Learned,
    PriceRow,
    Repair,
    Spend,
    Told,
    Unavailable,
)
from autoscaler.core.ledger.machines import Fence, Instance, Launch, Phase, Request
from autoscaler.core.ledger.notes import DecisionRow, Event, QueueSeen

__all__ = [
    "BESIDE",
    "BaseRow",
    "Breaker",
    "ConfigRow",
    "Control",
    "DecisionRow",
    "Event",
    "Fence",
    "Instance",
    "Launch",
    "Learned",
    "OfResource",
    "Past",
    "Phase",
    "PriceRow",
    "QueueSeen",
    "Ref",
    "Repair",
    "Request",
    "Row",
    "Spend",
    "Told",
    "Unavailable",
]

Row = Annotated[
    Fence
    | Launch
    | Request
    | Instance
    | Unavailable
    | Breaker
    | Repair
    | Spend
    | Learned
    | Told
    | Control
    | PriceRow
    | ConfigRow
    | DecisionRow
    | Event,
    Field(discriminator="kind"),
]

BESIDE = frozenset({"request", "price", "config"})
"""Kinds of rows that no plan is made of: they stand beside the live set."""

Past = Annotated[Event | Instance | Launch, Field(discriminator="kind")]
