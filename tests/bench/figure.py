"""One line of the table: two things measured in turn, and the ratio of their medians."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")

LONGEST = 20.0
FEWEST = 3


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


def in_turn(
    items: Iterable[T], *, name: str, ours: Callable[[T], float], theirs: Callable[[T], float]
) -> tuple[float, float, int]:
    """Measure both sides for every item, one after the other; return both medians and the number of rounds.

    On a busy machine it stops after `LONGEST` seconds, with the rounds it has.
    """
    pairs: list[tuple[float, float]] = []
    begun = perf_counter()
    for item in tqdm(list(items), desc=name, unit=" rounds", leave=False):
        pairs.append((ours(item), theirs(item)))
        if len(pairs) >= FEWEST and perf_counter() - begun > LONGEST:
            break
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs), len(pairs)
