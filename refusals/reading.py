"""Does a model's answer, as a whole, read like a refusal? A hint for a person, never an outcome.

A machine judges shape, a person judges meaning: a run keeps its ending, whatever this says.
English is read by its grammar (`refusal_grammar`): the decline among the first sentences, what leads up to it, and
whether an answer follows all the same. Other languages, and phrases of your own, are read by how a short answer
begins. Nothing beyond a bounded head of the text is read.
"""

import re

from refusals.phrasings import fold
from refusals.refusal_grammar import (
    ABOUT_THE_REQUEST,
    DECLINE,
    DELIVERS,
    LACKING,
    LETTER,
    NOTHING_THERE,
    OFFER,
    PIVOT,
    SCRUPLE,
    TALK,
    TOLD,
    WORK_DECLINE,
)
from refusals.refusal_phrases import PHRASES

# A refusal shows itself at the start; what stands further on is not read. Characters.
HEAD = 1200
_OPENING, _OPENING_SENTENCES = 400, 3
# How far into an answer a phrase of another language is looked for, and how long such an answer may be.
_PHRASE_WITHIN, _SHORT = 160, 900
# A shorter remainder is no answer.
_ANSWER = 60

# What an answer is wrapped in: a heading, a field of JSON, a bold line, a quotation of the whole.
_FRAME = re.compile(
    r"(?:#{1,6} [^\n]{0,80}\n\s{0,8}|```\w{0,12}\n|\{\s{0,8}\"\w{1,40}\": ?\"|> (?![^\n]{0,600}\n\s?[^>\s]))+"
)
_VERSE = re.compile(r"(?:[^\n]{8,60}(?<![.!?:])\n){2}[^\n]{8,60}(?:\n|$)")
_LIST_ITEM = re.compile(r"^[ \t]{0,8}(?:\d{1,3}[.)]|[-*•])[ \t]", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?]) ")
_INK = re.compile(r"\S")


def reads_like_refusal(text: object) -> bool:
    """Whether the whole answer is a refusal. False when it answers after all, or only talks of refusals."""
    if not isinstance(text, str):
        return False
    ink = _INK.search(text)
    start = text[ink.start() : ink.start() + HEAD] if ink else ""
    if frame := _FRAME.match(start):
        start = start[frame.end() :]
    opening = _words(start[:_OPENING])
    if len(text) <= _SHORT and any(phrase in opening[:_PHRASE_WITHIN] for phrase in PHRASES):
        return True
    end = _end_of_decline(opening)
    if end is None or LETTER.match(opening) or _VERSE.match(start):
        return False
    whole = _words(start)
    return not (LACKING.search(whole[:_OPENING]) or TOLD.search(opening)) and not _answers(whole[end:], start)


def _words(text: str) -> str:
    """The text in comparable form, without the marks of emphasis."""
    return fold(text.replace("*", ""))


def _end_of_decline(opening: str) -> int | None:
    """Where the decline among the first sentences ends; None if there is none."""
    begin = 0
    for _ in range(_OPENING_SENTENCES):
        end = _SENTENCE_END.search(opening, begin)
        sentence = opening[begin : end.start() if end else len(opening)]
        if not ABOUT_THE_REQUEST.search(sentence) and not DECLINE.match(sentence):
            return None
        if match := DECLINE.search(sentence):
            return begin + match.end()
        if (match := WORK_DECLINE.search(sentence)) and SCRUPLE.search(opening):
            return begin + match.end()
        if end is None:
            return None
        begin = end.end()
    return None


def _answers(rest: str, start: str) -> bool:
    """Whether an answer follows the decline all the same."""
    if NOTHING_THERE.search(rest):
        return True
    first, *others = _SENTENCE_END.split(rest)
    pivot = PIVOT.search(first)
    if pivot and len(first) - pivot.end() > _ANSWER and not TALK.search(first, pivot.end()):
        return True
    if _delivers(rest, start):
        return True
    substance = sum(len(sentence) for sentence in others if not TALK.search(sentence))
    return substance > _ANSWER and 2 * substance > sum(map(len, others))


def _delivers(rest: str, start: str) -> bool:
    """Whether something is handed over, and not merely offered in its stead."""
    handed = DELIVERS.search(rest)
    if handed:
        return not OFFER.search(rest, handed.start(), handed.end() + 80)
    items = _LIST_ITEM.finditer(start)
    first = next(items, None)
    if first is None or next(items, None) is None or next(items, None) is None:
        return False
    return not OFFER.search(_words(start[max(0, first.start() - 160) : first.start()]))
