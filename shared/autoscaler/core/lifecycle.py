"""Which moves exist in an instance's life, and what each one leaves on its row."""

from datetime import datetime

from autoscaler.core.ledger import Instance, Phase

EDGES: dict[Phase, frozenset[Phase]] = {
    Phase.REQUESTED: frozenset({Phase.BOOTING, Phase.GONE}),
    Phase.BOOTING: frozenset({Phase.UP, Phase.DRAINING, Phase.TERMINATING, Phase.GONE}),
    Phase.UP: frozenset({Phase.DRAINING, Phase.TERMINATING, Phase.GONE}),
    Phase.DRAINING: frozenset({Phase.UP, Phase.TERMINATING, Phase.GONE}),
    Phase.TERMINATING: frozenset({Phase.UP, Phase.GONE}),
    Phase.GONE: frozenset({Phase.BOOTING}),
}

HAS_MACHINE = (Phase.BOOTING, Phase.UP, Phase.DRAINING, Phase.TERMINATING)


class IllegalMoveError(ValueError):
    """A move that is not an edge of the lifecycle: a mistake in this program."""


def move(row: Instance, to: Phase, reason: str, now: datetime, **changes: object) -> Instance:
    """The row in its next phase, with the reason; raises IllegalMoveError when no such edge."""
    if to not in EDGES[row.phase]:
        message = f"{row.key}: {row.phase} -> {to} ({reason})"
        raise IllegalMoveError(message)
    return row.model_copy(
        update={"phase": to, "reason": reason, "moved_at": now, "next_check": None, **changes}
    )
