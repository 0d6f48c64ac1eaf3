"""What goes up and down in the course of a run, in bounded memory."""

from collections.abc import Iterable, Mapping

from autoscaler.core.value import Value

_MOST = 720


class Curves(Value):
    """Means over equal stretches of `width_s` seconds, by name; the first begins at 0."""

    width_s: float
    means: dict[str, tuple[float, ...]]


class Series:
    """Keeps the mean of each level over equal stretches, however long the run becomes.

    When there are too many stretches, two at a time become one of twice the width.
    """

    def __init__(self, names: Iterable[str], *, width_s: float = 60.0, most: int = _MOST) -> None:
        """`most` is even."""
        self.levels = dict.fromkeys(names, 0.0)
        self._width = width_s
        self._most = most
        self._sums: dict[str, list[float]] = {name: [] for name in self.levels}
        self._open = dict.fromkeys(self.levels, 0.0)
        self._at = 0.0
        self._end = width_s

    def change(self, at: float, by: Mapping[str, float]) -> None:
        """The levels change at `at`, which is no earlier than at the change before."""
        self.advance(at)
        for name, amount in by.items():
            self.levels[name] += amount

    def advance(self, at: float) -> None:
        while at >= self._end:
            self._pass(self._end)
            for name, total in self._open.items():
                self._sums[name].append(total)
                self._open[name] = 0.0
            self._halve_if_full()
            self._end += self._width
        self._pass(at)

    def curves(self) -> Curves:
        """So far, the stretch that lasts included."""
        last = self._at - (self._end - self._width)
        return Curves(
            width_s=self._width,
            means={
                name: (
                    *(total / self._width for total in sums),
                    *((self._open[name] / last,) if last > 0 else ()),
                )
                for name, sums in self._sums.items()
            },
        )

    def _pass(self, at: float) -> None:
        lasted = at - self._at
        if lasted > 0:
            for name, level in self.levels.items():
                self._open[name] += level * lasted
            self._at = at

    def _halve_if_full(self) -> None:
        if len(next(iter(self._sums.values()))) < self._most:
            return
        for name, sums in self._sums.items():
            self._sums[name] = [a + b for a, b in zip(sums[::2], sums[1::2], strict=True)]
        self._width *= 2
