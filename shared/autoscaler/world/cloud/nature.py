"""How often things go wrong: one number multiplies them all."""

from dataclasses import dataclass
from random import Random

_MOST = 0.6


@dataclass(frozen=True, slots=True)
class Nature:
    """Probabilities at rate 1; `rate` multiplies each of them, up to 60 %.

    Of a compute: `ambiguous` calls have no answer; `storm` is the share of minutes in which most
    have none; `forbidden` the share of minutes in which every call is refused for want of
    permission. `closed` is the share of windows of `window` seconds in which a spot offering has
    no capacity, `short` the share of spot calls that get a part, `flicker` that of calls that get
    nothing in an open window. Listings show a change `lag` seconds late on average, `tail` of
    them 20 s to `longest`; `flap` of the machines are missing, or shown as they were, once.
    Of machines: `late` take longer to boot than they may, `silent` never register, `young` die in
    their first minutes; `reclaimed` spot machines and `dying` machines and `stuck` agents per
    hour; `withdrawn` notices come to nothing. Of a topic: messages `lost`, `doubled`,
    `reordered`, `replayed`. Of every reading: `unreadable` calls, `outage` minutes. Of a function,
    at each call of a port: it `pauses` for up to a minute, or `crashes`.
    """

    rate: float = 1.0
    ambiguous: float = 0.02
    storm: float = 0.01
    forbidden: float = 0.006
    throttled: float = 0.01
    closed: float = 0.35
    window: float = 300.0
    short: float = 0.5
    flicker: float = 0.03
    lag: float = 3.0
    tail: float = 0.03
    longest: float = 90.0
    flap: float = 0.003
    late: float = 0.02
    silent: float = 0.02
    young: float = 0.02
    reclaimed: float = 0.10
    withdrawn: float = 0.05
    dying: float = 0.01
    stuck: float = 0.01
    lost: float = 0.02
    doubled: float = 0.05
    reordered: float = 0.10
    replayed: float = 0.01
    unreadable: float = 0.01
    outage: float = 0.003
    pauses: float = 0.002
    crashes: float = 0.004

    def of(self, probability: float) -> float:
        """The probability at this rate."""
        return min(_MOST, probability * self.rate)


class Chance:
    """Draws from one generator, so that the same seed does the same again."""

    def __init__(self, random: Random, nature: Nature) -> None:
        self.random = random
        self.nature = nature
        self._windows: dict[tuple[str, int], bool] = {}

    def __call__(self, probability: float) -> bool:
        """Whether what has this probability at rate 1 happens now."""
        most = self.nature.of(probability)
        return most > 0 and self.random.random() < most

    def window(self, name: str, at: float, length: float, probability: float) -> bool:
        """The same for a whole window of time: whoever asks in the same window hears the same."""
        key = (name, int(at // length))
        if key in self._windows:
            return self._windows[key]
        happens = self(probability)
        if self.nature.rate:  # where nothing goes wrong, there is nothing to remember
            self._windows[key] = happens
        return happens
