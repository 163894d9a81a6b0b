"""Rates that say what they are shares of, and how sure one can be of them."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

# Of a share with fewer than this below it, the interval is shown beside the rate.
SMALL_N = 100
CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)


@dataclass(frozen=True, slots=True)
class Share:
    """A rate with its numerator and its denominator."""

    part: int
    n: int

    @property
    def percent(self) -> float | None:
        """The rate in per cent; None where nothing was counted."""
        return 100 * self.part / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the rate by Wilson's score, in per cent; None where nothing was counted.

        It keeps its coverage for small n and for shares near 0 and 1, where the textbook interval does
        not: E. B. Wilson (1927), JASA 22; L. Brown, T. Cai and A. DasGupta (2001), Statistical Science 16.
        """
        if (
            not 0 <= self.part <= self.n or not self.n
        ):  # more than all is no share; records of meetings keep one
            return None
        share, z2 = self.part / self.n, _Z * _Z
        middle = (share + z2 / (2 * self.n)) / (1 + z2 / self.n)
        half = _Z / (1 + z2 / self.n) * sqrt(share * (1 - share) / self.n + z2 / (4 * self.n * self.n))
        low = 0.0 if self.part == 0 else middle - half
        high = 1.0 if self.part == self.n else middle + half
        return 100 * low, 100 * high

    @property
    def is_small(self) -> bool:
        """Whether n is so small that the interval belongs beside the rate."""
        return 0 < self.n < SMALL_N


@dataclass(slots=True)
class Endings:
    """How final runs ended. Held runs are neither success nor failure."""

    ok: int = 0
    infra_error: int = 0
    declined: int = 0
    degraded: int = 0

    @property
    def runs(self) -> int:
        return self.ok + self.infra_error + self.declined + self.degraded

    @property
    def success(self) -> Share:
        """ok of ok, degraded and infrastructure errors."""
        return Share(self.ok, self.ok + self.degraded + self.infra_error)

    @property
    def decline(self) -> Share:
        """declined of ok, degraded and declined."""
        return Share(self.declined, self.ok + self.degraded + self.declined)
