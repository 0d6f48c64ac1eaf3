"""The seeds of the final figures: nobody knows them before the constants are frozen."""

from hashlib import sha256
from typing import Final

FRESH: Final = 5


def fresh(commit: str) -> tuple[int, ...]:
    """Five seeds, drawn from the full hash of the commit that froze the constants."""
    return tuple(
        int(sha256(f"{commit}/{number}".encode()).hexdigest()[:8], 16) for number in range(FRESH)
    )
