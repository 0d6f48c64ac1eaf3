"""How the simulated world behaves, where ClearML and the configuration do not say."""

from dataclasses import dataclass
from functools import cached_property
from math import exp, log, sqrt
from random import Random

from autoscaler.simulate.calendar import ALWAYS, Calendar

_Z95 = 1.6448536269514722
"""The 95th percentile of the standard normal distribution."""


@dataclass(frozen=True)
class Boot:
    """Seconds from the launch of a machine until its agents pull tasks: a lognormal distribution.

    Of the two sigmas that give this mean and this 95th percentile it is the smaller one. A `p95`
    that is the mean means that every boot takes as long. ValueError when no lognormal fits.
    """

    mean: float = 180.0
    p95: float = 263.0

    def __post_init__(self) -> None:
        _ = self.sigma

    @cached_property
    def sigma(self) -> float:
        """From p95 = exp(mu + z sigma) and mean = exp(mu + sigma^2 / 2)."""
        if not 0 < self.mean <= self.p95:
            raise ValueError("the mean of a boot is positive, and no more than its p95")
        under = _Z95**2 - 2 * log(self.p95 / self.mean)
        if under < 0:
            most = self.mean * exp(_Z95**2 / 2)
            raise ValueError(f"no lognormal of mean {self.mean:g} has a p95 beyond {most:.0f}")
        return _Z95 - sqrt(under)

    def draw(self, seed: object, ordinal: int) -> float:
        """The boot of the machine that was the `ordinal`th to start, whoever started it."""
        random = Random(f"{seed}/boot/{ordinal}")  # noqa: S311  # repeatable, and no secret
        mu = log(self.mean) - self.sigma**2 / 2
        return exp(mu + self.sigma * random.gauss(0.0, 1.0))


@dataclass(frozen=True)
class Models:
    """`spot` says when which zone has spot machines; one whose zone has none is taken back.

    A machine is billed from its launch until it is stopped, for `least_billed_s` at least.
    `capacity` is how many machines of an offering there are at once; an offering that it does not
    name has no limit. `default_price`: what an hour costs where no offering says it, on demand;
    on the spot market, `spot_ratio` of that. `patience_s`: a run ends when so long nothing has
    begun or ended; `settle_s`: and at the latest so long after its last task.
    """

    boot: Boot = Boot()
    spot: Calendar = ALWAYS
    notice_s: float = 120.0
    least_billed_s: float = 60.0
    capacity: dict[str, int] | None = None
    default_price: float = 1.0
    spot_ratio: float = 0.3
    patience_s: float = 3 * 86400.0
    settle_s: float = 7200.0
