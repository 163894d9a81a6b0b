"""Whether two rates differ by more than chance would have it, for counts as small as they come."""

from reviews.reports.rates import Share

# A difference that chance alone would give less often than this counts as one.
ALPHA = 0.05
# Terms below this share of the largest add nothing that a float could hold.
_NOTHING = 1e-18
# Probabilities this near are the same one, reckoned by two ways.
_EQUAL = 1 + 1e-9


def mid_p(one: Share, other: Share) -> float:
    """Return the two-sided mid-p value of Fisher's exact test of two shares: how surprising their difference is.

    Fisher's test alone is too cautious where n is small; its mid-p value, which counts half of the
    probability of what was seen, keeps near the level that it promises and is what is recommended for
    such tables: H. O. Lancaster (1961), JASA 56; S. Lydersen, M. W. Fagerland and P. Laake (2009),
    Statistics in Medicine 28. Two tails: all that is no more probable than what was seen.
    """
    parts = one.part + other.part
    low, high = max(0, parts - other.n), min(parts, one.n)
    mode = min(max((parts + 1) * (one.n + 1) // (one.n + other.n + 2), low), high)
    weights = _weights(mode, low, high, one.n, other.n, parts)
    seen = weights.get(one.part, 0.0)
    tails = sum(weight for weight in weights.values() if weight <= seen * _EQUAL)
    return max(0.0, tails - seen / 2) / sum(weights.values())


def _weights(mode: int, low: int, high: int, n: int, m: int, parts: int) -> dict[int, float]:
    """Return how probable each count of the first share is, given all margins, relative to the most probable."""
    weights, weight = {mode: 1.0}, 1.0
    for x in range(mode, high):
        weight *= (n - x) * (parts - x) / ((x + 1) * (m - parts + x + 1))
        if weight < _NOTHING:
            break
        weights[x + 1] = weight
    weight = 1.0
    for x in range(mode, low, -1):
        weight *= x * (m - parts + x) / ((n - x + 1) * (parts - x + 1))
        if weight < _NOTHING:
            break
        weights[x - 1] = weight
    return weights
