"""How a cloud counts what may still be asked of it."""


class Bucket:
    """A token bucket (as EC2's): `size` tokens at most, `refill` of them come back per second."""

    def __init__(self, size: float, refill: float) -> None:
        self._size = size
        self._refill = refill
        self._left = size
        self._at = 0.0

    def take(self, count: float, at: float) -> float:
        """0 when there were enough; else the seconds until there will be, with nothing taken."""
        self._left = min(self._size, self._left + (at - self._at) * self._refill)
        self._at = at
        if self._left >= count:
            self._left -= count
            return 0.0
        return (min(count, self._size) - self._left) / self._refill
