"""What an edit by hand changed, word by word."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from reviews.compose import Part, Piece

_WORD = re.compile(r"\s+|[^\s]+")
# Comparing takes time that grows with the product of what differs: above this, it is one replacement.
MOST_COMPARED = 4_000_000


def word_diff(before: str, after: str) -> list[Piece]:
    """Return both texts as pieces: same + left out is the first, same + added the second."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    head = _same(old, new)
    tail = _same(old[head:][::-1], new[head:][::-1])
    pieces = [(Part.SAME, "".join(old[:head]))]
    pieces += _middle(old[head : len(old) - tail], new[head : len(new) - tail])
    pieces += [(Part.SAME, "".join(old[len(old) - tail :]))]
    return [Piece(part, text) for part, text in pieces if text]


def _same(old: list[str], new: list[str]) -> int:
    """Return how many words are the same from the beginning on."""
    pairs = zip(old, new, strict=False)
    return next((n for n, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))


def _middle(old: list[str], new: list[str]) -> Iterator[tuple[Part, str]]:
    if len(old) * len(new) > MOST_COMPARED:
        yield Part.LEFT_OUT, "".join(old)
        yield Part.ADDED, "".join(new)
        return
    for tag, i, j, k, m in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Part.SAME, "".join(old[i:j])
        else:
            yield Part.LEFT_OUT, "".join(old[i:j])
            yield Part.ADDED, "".join(new[k:m])
