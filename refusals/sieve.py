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
        self._pattern = re.compile(pattern)

    def search(
        self, text: str, signs: AbstractSet[str], begin: int = 0, end: int = 10**9
    ) -> "re.Match[str] | None":
        """The first match between these places of a text in which these signs were found."""
        if self.signs.isdisjoint(signs) or (self.needed and self.needed.isdisjoint(signs)):
            return None
        return self._pattern.search(text, begin, end)


def signs_of(sieves: Iterable[Sieve]) -> frozenset[str]:
    """The signs of all of these."""
    return frozenset().union(*(sieve.signs | sieve.needed for sieve in sieves))


def _marked(words: str) -> frozenset[str]:
    return frozenset(word + mark for word in words.split() for mark in _MARKS)
