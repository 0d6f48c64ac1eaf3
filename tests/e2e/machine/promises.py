"""What must hold of each case of `losses`, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autoscaler.core.repair import PATIENCE
from tests.e2e.machine.stage import TICK

TICKS = 2  # within which a lost task is back
LONGEST = PATIENCE + 5 * TICK  # likewise, of one that was popped and never began
Facts = Mapping[str, Any]


def broken(found: Mapping[str, Facts]) -> list[str]:
    """Which promises were not kept, by case."""
    return [
        f"losses, {case}: {words} ({facts})"
        for case, facts in found.items()
        for words, kept in _promises(case, facts)
        if not kept
    ]


def _promises(case: str, facts: Facts) -> Sequence[tuple[str, bool]]:
    if "late" in facts:
        return [(facts["late"], False)]
    if case == "worn-out":
        return [
            ("it comes back so often as is allowed", facts["enqueued_again"] == facts["most"]),
            ("and loses one machine more", facts["machines"] == facts["most"] + 1),
            ("its reason names a machine", "was lost" in facts["reason"]),
        ]
    if case.startswith("guard"):
        by = "terminated" if case == "guard-alone" else "it powered itself off"
        return [
            ("the task is not enqueued again", facts["enqueued_again"] == 0),
            ("it ends once", facts["ended"] == 1 and facts["completed"]),
            (f"then the machine ends: {by}", facts["machine"] == by),
        ]
    in_time = facts["ticks"] <= TICKS
    if case == "popped":
        in_time = facts["seconds"] <= LONGEST.total_seconds()
    return [
        ("it comes back in time", in_time),
        ("first in line", facts["position"] == 0 and facts["behind"] >= 1),
        ("once", facts["enqueued_again"] == facts["fronted"] == 1),
        ("with a reason that people understand", "was lost (" in facts["reason"]),
        ("it ends elsewhere", facts["workers"] == 2),
        ("and only once", facts["ended"] == 1),
    ]
