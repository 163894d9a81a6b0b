"""Whether declines came faster this week than in the weeks before: a test that holds for small counts.

Given how many declines both spans have together, how many of them fall into this week is binomial if both
have the same rate: J. Przyborowski and H. Wilenski (1940), Biometrika 31. Declines come in bursts, so their
weekly counts spread wider than Poisson's; where counts are negative binomial with one ratio of variance to
mean, the same condition gives a beta-binomial, and that is what the tail is taken of. `docs/patterns.md`
says why each number below is what it is, and shows the rate of false alarms by simulation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, log1p

# Of one look. There is a look every hour, and what a week of looks comes to is simulated.
ALPHA = 0.0002
# Fewer than this in the week are no escalation, whatever the test says, nor is less than this many times
# what was to be expected.
LEAST = 5
GROWTH = 1.5
# How many weeks a week is compared with, where there are so many.
BEFORE = 8
# How far the weeks spread is not known from eight of them: so many more weeks are taken to have spread so wide.
PRIOR_WEEKS = 5
PRIOR_SPREAD = 1.6
# Of fewer than eight, still less is known: each that is missing is taken to be one whose rate differs from week to
# week with this variance, of 30 %, where that spreads wider.
WANDER = 0.3**2
# A spread that differs from 1 by less than this is Poisson's.
_POISSON = 1e-9
# Terms of the tail that are smaller than this share of it cannot be seen in the result.
_NEGLIGIBLE = 1e-17


@dataclass(frozen=True, slots=True)
class Rate:
    """How many declines there were in how much exposure: runs, or weeks where runs are not counted."""

    declines: int
    exposure: float

    @property
    def per_exposure(self) -> float:
        """The rate; 0 where nothing was exposed."""
        return self.declines / self.exposure if self.exposure else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the test says: how many were to be expected at the earlier rate, and how likely this many were."""

    expected: float
    p_value: float
    escalates: bool


def binomial_tail(x: int, *, n: int, share: float) -> float:
    """Return the probability of `x` or more of `n`, each counting with probability `share`."""
    if x <= 0:
        return 1.0
    if x > n or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    odds = share / (1 - share)
    likeliest = min(n, int((n + 1) * share))
    return _summed(
        x,
        n,
        start=max(x, likeliest),
        log_term=lambda k: _log_choose(n, k) + k * log(share) + (n - k) * log1p(-share),
        ratio=lambda k: (n - k) / (k + 1) * odds,
    )


def beta_binomial_tail(x: int, *, n: int, a: float, b: float) -> float:
    """Return the probability of `x` or more of `n`, where the share itself is drawn from Beta(a, b)."""
    if x <= 0:
        return 1.0
    if x > n:
        return 0.0
    whole = _log_beta(a, b)
    return _summed(
        x,
        n,
        start=max(x, int(n * a / (a + b))),
        log_term=lambda k: _log_choose(n, k) + _log_beta(k + a, n - k + b) - whole,
        ratio=lambda k: (n - k) / (k + 1) * (k + a) / (n - k - 1 + b),
    )


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _summed(
    x: int, n: int, *, start: int, log_term: Callable[[int], float], ratio: Callable[[int], float]
) -> float:
    """Sum the terms from `x` to `n`, up and down from one at `start`; `ratio` leads from a term to the next.

    It starts where the terms are large: a small one at the far end would underflow, and with it all the others.
    """
    first = exp(log_term(start))
    total = term = first
    for k in range(start, n):
        term *= ratio(k)
        total += term
        if term < total * _NEGLIGIBLE:
            break
    term = first
    for k in range(start - 1, x - 1, -1):
        term /= ratio(k)
        total += term
        if term < total * _NEGLIGIBLE:
            break
    return min(1.0, total)


def spread(weeks: Sequence[Rate]) -> float:
    """Return the variance of weekly counts over their mean, 1 at least: Pearson's, drawn towards the prior."""
    seen = [week for week in weeks if week.exposure]
    declines, exposure = sum(week.declines for week in seen), sum(week.exposure for week in seen)
    pearson, freedom, wide = 0.0, 0, PRIOR_SPREAD
    if declines:
        rate = declines / exposure
        pearson = sum((week.declines - rate * week.exposure) ** 2 / (rate * week.exposure) for week in seen)
        freedom, wide = len(seen) - 1, max(PRIOR_SPREAD, 1 + WANDER * declines / len(seen))
    missing = max(0, BEFORE - len(seen))
    prior = PRIOR_WEEKS * PRIOR_SPREAD + missing * wide
    return max(1.0, (pearson + prior) / (freedom + PRIOR_WEEKS + missing))


def tail(now: Rate, before: Rate, *, spread: float) -> float:
    """Return how likely so many declines, or more, are now if the rate is the one before."""
    n, share = now.declines + before.declines, now.exposure / (now.exposure + before.exposure)
    if spread - 1 < _POISSON or n == 0:
        return binomial_tail(now.declines, n=n, share=share)
    a, b = n * share / (spread - 1), n * (1 - share) / (spread - 1)
    return beta_binomial_tail(now.declines, n=n, a=a, b=b)


def compared(now: Rate, before: Rate, *, spread: float) -> Verdict | None:
    """Compare two rates. None where there is nothing to compare: no exposure, now or before."""
    if not now.exposure or not before.exposure:
        return None
    expected = before.per_exposure * now.exposure
    p_value = tail(now, before, spread=spread)
    grew = now.declines >= LEAST and now.declines >= GROWTH * expected
    return Verdict(expected, p_value, grew and p_value <= ALPHA)
