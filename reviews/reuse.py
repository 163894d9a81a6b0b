"""The same words added to unrelated cases: what is true of one request is seldom true of another.

A warning, no lock: the person is shown where the words stood before, and ticks that they hold here as well.
"""

import hashlib
import re
from unicodedata import normalize

from django.db.models import Q

from reviews.compose import Asked, Context, Part
from reviews.models import Case, Reissue
from reviews.worddiff import word_diff

# Shorter ones are alike by chance.
FEWEST_WORDS = 5
# How many of the latest are compared word by word; the very same words are found however old they are.
COMPARED = 500
# Of all runs of three words in both, how many both have.
ALIKE = 0.7
NAMED = 5

_WORD = re.compile(r"[^\W_]+")


def own_words(asked: Asked, *, before: str = "") -> str:
    """Return what the person added, normalised: words alone, without regard to case."""
    if isinstance(asked, Context):
        said = [asked.purpose, asked.serves, asked.authority, asked.background, asked.handling_limits]
    else:
        said = [piece.text for piece in word_diff(before, asked.text) if piece.part is Part.ADDED]
    return " ".join(_WORD.findall(normalize("NFKC", " ".join(said)).casefold()))


def digest_of(words: str) -> str:
    """Return what finds the very same words again; empty where there are too few to mean anything."""
    return hashlib.sha256(words.encode()).hexdigest() if words.count(" ") + 1 >= FEWEST_WORDS else ""


def used_before(case: Case, *, words: str) -> list[Case]:
    """Return the unrelated cases (of another pipeline, or another topic) that had the same words, or nearly."""
    if not (digest := digest_of(words)):
        return []
    unrelated = ~Q(case__pipeline=case.pipeline_id) | (
        Q(case__topic__isnull=False) if case.topic_id is None else ~Q(case__topic=case.topic_id)
    )
    others = Reissue.objects.filter(unrelated).exclude(case=case).exclude(own_words_digest="").order_by("-pk")
    found = list(others.filter(own_words_digest=digest).values_list("case", flat=True)[:NAMED])
    ours = _runs(words)
    found += [
        pk for pk, theirs in others.values_list("case", "own_words")[:COMPARED] if _alike(ours, _runs(theirs))
    ]
    named = list(dict.fromkeys(found))[:NAMED]
    cases = Case.objects.select_related("pipeline", "topic").in_bulk(named)
    return [cases[pk] for pk in named]


def _runs(words: str) -> set[tuple[str, ...]]:
    row = words.split()
    return set(zip(row, row[1:], row[2:], strict=False))


def _alike(ours: set[tuple[str, ...]], theirs: set[tuple[str, ...]]) -> bool:
    return len(ours & theirs) >= ALIKE * len(ours | theirs)
