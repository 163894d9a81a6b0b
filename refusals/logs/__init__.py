"""Last night's log, read through the vocabulary: entries (one call each) → endings → tally.

Nothing is kept but counts, so a log of any length is read in the same memory.
"""

from refusals.logs.endings import Call, calls_in
from refusals.logs.entries import Damaged, entries_in
from refusals.logs.tally import Tally

__all__ = ["Call", "Damaged", "Tally", "calls_in", "entries_in"]
