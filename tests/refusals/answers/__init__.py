"""Invented answers, sorted by hand: what a model writes when it refuses, and what only looks like it.

`unspoken.txt` holds refusals with no word of declining, and `lookalikes.txt` what answers in the same tones;
`declines.txt` rarer ways to decline, and `echoes.txt` what only sounds like those.

`families.txt` and `various.txt` hold refusals of further families, each with its `_others.txt`; the second pair was
written when the families of the first were read.

Each pair was written before the reader was tuned to it. Every other text is held back: while the reader's patterns
are written one looks at the texts that `tuning()` gives, and at no more than the score of those that `held_back()`
gives.
"""

from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Answer(NamedTuple):
    """One answer, the kind it belongs to, and whether the whole of it is a refusal."""

    kind: str
    text: str
    refuses: bool


def tuning() -> list[Answer]:
    """Return the answers to look at while the patterns are written."""
    return _all()[::2]


def held_back() -> list[Answer]:
    """Return the answers of which only the score is looked at."""
    return _all()[1::2]


def families() -> list[Answer]:
    """Return the answers of further families to look at while their patterns are written."""
    return _families(0)


def families_held_back() -> list[Answer]:
    """Return those of which only the score is looked at."""
    return _families(1)


def abroad() -> list[Answer]:
    """Return short answers in other languages that were looked at while their patterns were written."""
    return [*_read("abroad.txt", refuses=True), *_read("abroad_others.txt", refuses=False)]


def abroad_held_back() -> list[Answer]:
    """Return those that were written before they were scored, and of which only the score is looked at."""
    return [*_read("abroad_unseen.txt", refuses=True), *_read("abroad_unseen_others.txt", refuses=False)]


def _all() -> list[Answer]:
    return [
        *_read("refusals.txt", refuses=True),
        *_read("others.txt", refuses=False),
        *_read("unspoken.txt", refuses=True),
        *_read("lookalikes.txt", refuses=False),
        *_read("declines.txt", refuses=True),
        *_read("echoes.txt", refuses=False),
    ]


def _families(half: int) -> list[Answer]:
    return [
        answer
        for name in ("families", "various")
        for file, refuses in ((f"{name}.txt", True), (f"{name}_others.txt", False))
        for answer in _read(file, refuses=refuses)[half::2]
    ]


def _read(name: str, *, refuses: bool) -> list[Answer]:
    """Read a file of sections ("== kind") that hold answers parted by lines of "--"."""
    sections = ("\n" + (HERE / name).read_text(encoding="utf-8")).split("\n== ")[1:]
    answers = []
    for section in sections:
        kind, _, texts = section.partition("\n")
        answers += [Answer(kind, text.strip("\n"), refuses) for text in texts.split("\n--\n")]
    return answers
