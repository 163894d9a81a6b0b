"""Percentiles of lengths of time, by the database where it can, over the values where it cannot.

Both interpolate linearly between the two nearest values: the p-th percentile of n sorted values is the
one at place (n - 1) * p, counted from 0. (Method 7 of R. Hyndman and Y. Fan (1996), The American
Statistician 50; PostgreSQL's percentile_cont, and `inclusive` of Python's statistics.quantiles.)
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Aggregate, DurationField


class Percentile(Aggregate):
    """The percentile of an expression that is a length of time. PostgreSQL alone has it."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(at)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()

    def __init__(self, expression: Any, *, at: float) -> None:
        super().__init__(expression, at=at)


def percentile(values: Sequence[timedelta], *, at: float) -> timedelta | None:
    """Return the percentile of some values in order; None of none."""
    if not values:
        return None
    place = (len(values) - 1) * at
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (place - below) * (values[above] - values[below])
