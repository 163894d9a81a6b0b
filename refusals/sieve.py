"""Patterns that are costly to search for, behind words that are cheap to look for."""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

# What may stand behind a word in a text that was parted at its blanks.
_MARKS = ("", *".,:;!?)\"'")


class Sieve:
    """A pattern that is searched for only where one of its signs stands: no match is without one.

    `signs` are words, parted by blanks; so are those of `needing`, of which one has to stand there, too. Where many
    patterns are asked, the words of a text are met with all their signs once (`signs_of`), and each pattern is asked
    with what was found.
    """

    def __init__(self, pattern: str, signs: str, *, needing: str = "") -> None:
        self.signs = _marked(signs)
        self.needed = _marked(needing)
        self.pattern = re.compile(pattern)

    def may_match(self, signs: AbstractSet[str]) -> bool:
        """Whether the pattern may match a text in which these signs were found."""
        return not self.signs.isdisjoint(signs) and not (self.needed and self.needed.isdisjoint(signs))

    def search(
        self, text: str, signs: AbstractSet[str], begin: int = 0, end: int = 10**9
    ) -> "re.Match[str] | None":
        """The first match between these places of a text in which these signs were found."""
        return self.pattern.search(text, begin, end) if self.may_match(signs) else None


def signs_of(sieves: Iterable[Sieve]) -> frozenset[str]:
    """The signs of all of these: no match is without one."""
    return frozenset().union(*(sieve.signs for sieve in sieves))


def needed_by(sieves: Iterable[Sieve]) -> frozenset[str]:
    """All that these want to know of a text: their signs, and what has to stand there, too."""
    return frozenset().union(*(sieve.signs | sieve.needed for sieve in sieves))


def _marked(words: str) -> frozenset[str]:
    """These words, parted by blanks, as they stand in a text: alone, and with a mark behind them."""
    return frozenset(word + mark for word in words.split() for mark in _MARKS)
