"""One line of the table: two things measured in turn, and the ratio of their medians."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What was measured against what: the median of every side, in `unit`, over `rounds` rounds."""

    what: str
    ours: float
    against: str
    theirs: float
    unit: str
    rounds: int

    @property
    def ratio(self) -> float:
        """Ours as a multiple of theirs."""
        return self.ours / self.theirs


def seconds(step: Callable[[], object]) -> float:
    """Return how long one call took."""
    begun = perf_counter()
    step()
    return perf_counter() - begun


def in_turn(
    items: Iterable[T], *, name: str, ours: Callable[[T], float], theirs: Callable[[T], float]
) -> tuple[float, float, int]:
    """Measure both sides for every item, one after the other; return both medians and the number of rounds."""
    pairs = [(ours(item), theirs(item)) for item in tqdm(list(items), desc=name, unit=" rounds", leave=False)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs), len(pairs)
