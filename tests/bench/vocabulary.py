"""What the vocabulary costs, against the least that looking for a refusal costs: one `find` and one search.

Ours: `parse_refusal` and `reads_like_refusal`. Theirs: `text.find("REFUSED: ")` and a search for the canonical form,
over the same text. The last lines double a hostile text: work in proportion to its length makes the ratio 2.
"""

# refusals: allow-file RH001,RH002 - the yardstick of the figures, and hostile texts

import re
from collections.abc import Callable, Iterator
from time import process_time

from refusals import format_refusal, parse_refusal, reads_like_refusal
from tests.bench.figure import Figure, in_turn

ROUNDS = 40
CALLS = 500
_CANONICAL = re.compile(r"REFUSED: [A-Z_]+: ")

SENTENCES = (
    "The third quarter closed with forty runs more than the second. Costs fell by a tenth, since the nightly job "
    "asks once and not twice. Two regions grew, one shrank, and the fourth has yet to send its figures. "
)
ANSWER = (SENTENCES * 20)[:2048]
APOLOGY = ("I'm sorry that the first version was too long. Here is a shorter one. " + ANSWER)[:2048]
REFUSAL = ("I'm sorry, but I can't help with that request. " * 60)[:2048]
EXPLAINED = (
    "I cannot write this letter for you. It would be sent in another person's name, and it is important to respect "
    "their privacy. If you like, I can help you with a letter of your own. " * 20
)[:2048]
LONG_FIRST = (
    "I cannot write a letter in the name of your neighbour that asks the bank for the details of the account, since "
    "that would mean to pretend to be another person without their knowledge. "
    + "It is important to respect the privacy of others. If you like, I can help with a letter of your own. "
    * 20
)[:2048]
BEHIND = ("I'm sorry, but I can't give medical advice. " + ANSWER)[:2048]
UNLIKE = (
    "Unfortunately you have not said which of the tasks you mean, and the question is not clear to me. My first idea "
    "was that you ask about the prompt. " + ANSWER
)[:2048]
TYPESET = (
    "I\u2019m sorry \u2014 I can\u2019t help with \u201cthis\u201d. It isn\u2019t something I\u2019d do. "
    * 60
)[:2048]
WRAPPED = ('{"answer": "' + ANSWER)[:2046] + '"}'
CANONICAL = format_refusal("RCE_RISK", "the skill would pipe a download into a shell")

CASES: tuple[tuple[str, Callable[[str], object], str], ...] = (
    ("parse_refusal, a canonical line", parse_refusal, CANONICAL),
    ("parse_refusal, 2 KB without a refusal", parse_refusal, ANSWER),
    ("reads_like_refusal, 2 KB that answer", reads_like_refusal, ANSWER),
    ("reads_like_refusal, 2 KB that apologise and answer", reads_like_refusal, APOLOGY),
    ("reads_like_refusal, 2 KB that refuse", reads_like_refusal, REFUSAL),
    ("reads_like_refusal, 2 KB that refuse and explain", reads_like_refusal, EXPLAINED),
    ("reads_like_refusal, 2 KB whose first sentence is long", reads_like_refusal, LONG_FIRST),
    ("reads_like_refusal, 2 KB that answer behind a decline", reads_like_refusal, BEHIND),
    ("reads_like_refusal, 2 KB of three doubtful sentences", reads_like_refusal, UNLIKE),
    ("reads_like_refusal, 2 KB that refuse in curly quotes", reads_like_refusal, TYPESET),
    ("reads_like_refusal, 2 KB of an answer in JSON", reads_like_refusal, WRAPPED),
)
HOSTILE = (
    ("parse_refusal, 'REFUSED: ' again and again", parse_refusal, "REFUSED: x "),
    ("parse_refusal, an endless code", parse_refusal, "REFUSED: A" + "A" * 90 + " "),
    ("reads_like_refusal, spaces without end", reads_like_refusal, " "),
)
HOSTILE_LENGTH = 500_000


def figures() -> Iterator[Figure]:
    """Yield the microseconds of a call, and the milliseconds of a hostile text and of its half."""
    for what, function, text in CASES:
        ours, theirs, rounds = in_turn(
            [text] * ROUNDS, name=what, ours=_calls(function), theirs=_calls(_least)
        )
        yield Figure(
            what=what,
            ours=ours * 1e6 / CALLS,
            against="one find and one search",
            theirs=theirs * 1e6 / CALLS,
            unit="µs",
            rounds=rounds,
        )
    for what, function, unit in HOSTILE:
        half = unit * (HOSTILE_LENGTH // len(unit))
        whole, part, rounds = in_turn(
            [half] * 5, name=what, ours=_doubled(function), theirs=_calls(function, calls=1)
        )
        yield Figure(
            what=f"{what}, 1 MB",
            ours=whole * 1e3,
            against="half of it",
            theirs=part * 1e3,
            unit="ms",
            rounds=rounds,
        )


def _least(text: str) -> None:
    text.find("REFUSED: ")
    _CANONICAL.search(text)


def _calls(function: Callable[[str], object], calls: int = CALLS) -> Callable[[str], float]:
    """Return what measures the seconds of processor time that these many calls take.

    Not the clock's: beside other work that would measure the others, and long calls more than short ones.
    """

    def measure(text: str) -> float:
        begun = process_time()
        for _ in range(calls):
            function(text)
        return process_time() - begun

    return measure


def _doubled(function: Callable[[str], object]) -> Callable[[str], float]:
    once = _calls(function, calls=1)
    return lambda text: once(text + text)
