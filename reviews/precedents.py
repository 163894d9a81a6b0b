"""Past cases like the one on screen, and what became of them. A person reads them; nothing applies them.

First those of the same code and topic, then those of the same code; within each the nearest prompt,
word by word. What is compared is bounded: so many characters of so many of the latest closed cases.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Left
from rapidfuzz import fuzz

from pipelines.models import RunContent
from reviews.models import Case, Decision, Reissue, Resolution, Sending
from reviews.models.reissue import NEVER_SENT

# How many of the latest closed cases are compared: of the code and topic, and again of the code alone.
CANDIDATES = 150
# Of each prompt, what is compared, in characters: its beginning tells what kind of work it is.
COMPARED = 600
# How many of a group are shown.
SHOWN = 4
# How much of its prompt one shows, in characters.
EXCERPT = 300
# Of a re-issue, the long texts that no precedent shows.
NOT_SHOWN = ("request", "text_before", "text_after", "own_words")


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """A closed case. `likeness` is how much of both prompts' words is the same and in the same order, in
    per cent; None where one of the prompts is no longer kept."""

    case: Case
    likeness: int | None
    excerpt: str
    decisions: list[Decision]
    reissues: list[Reissue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedents:
    """What is shown, nearest first, and what it comes to. Every ending counts alike, the upheld ones too."""

    same_topic: list[Precedent]
    same_code: list[Precedent]

    @property
    def shown(self) -> list[Precedent]:
        """Both groups, one after the other."""
        return [*self.same_topic, *self.same_code]

    @property
    def reissued(self) -> int:
        """How many re-issues of the cases shown have left."""
        return sum(len(one.reissues) for one in self.shown)

    @property
    def answered(self) -> int:
        """How many of those were answered."""
        return sum(sent.state == Sending.ANSWERED for one in self.shown for sent in one.reissues)

    @property
    def endings(self) -> list[tuple[str, int]]:
        """How many of the cases shown ended how, most first, in words."""
        counted = Counter(one.case.resolution for one in self.shown)
        return [(str(Resolution(value).label), n) for value, n in counted.most_common()]


def precedents(case: Case) -> Precedents:
    """Return the closed cases nearest to this one. One that is merged with it is itself, and no precedent."""
    settled = Case.objects.filter(code=case.code, closed_at__isnull=False, merged_into__isnull=True)
    settled = settled.exclude(pk__in=[pk for pk in (case.pk, case.merged_into_id) if pk])
    of_topic = _latest(settled.filter(topic=case.topic_id)) if case.topic_id else []
    of_code = [row for row in _latest(settled) if row.topic is None or row.topic != case.topic_id]
    texts = _beginnings([case.first_run_id, *(row.run for row in [*of_topic, *of_code])])
    words = _words(texts.get(case.first_run_id, ""))
    same_topic, same_code = (_nearest(rows, texts, words) for rows in (of_topic, of_code))
    cases = _fetched([near.row.case for near in [*same_topic, *same_code]])
    return Precedents(
        same_topic=[_precedent(cases[near.row.case], near) for near in same_topic],
        same_code=[_precedent(cases[near.row.case], near) for near in same_code],
    )


class _Row(NamedTuple):
    """A closed case that is compared, and the run that holds its prompt."""

    case: int
    topic: int | None
    run: int


class _Near(NamedTuple):
    """A row with the beginning of its prompt, None where that is not kept, and how alike it is."""

    row: _Row
    begins: str | None
    likeness: int | None


def _latest(settled: QuerySet[Case]) -> list[_Row]:
    """Return what is compared, the latest closed first. Every order is one of an index's own."""
    latest = settled.order_by("-closed_at", "-pk")
    return [_Row(*row) for row in latest.values_list("pk", "topic_id", "first_run_id")[:CANDIDATES]]


def _beginnings(runs: Sequence[int]) -> dict[int, str]:
    """Return how the prompts begin, of the runs whose texts are kept: each is read once, and no more of it."""
    kept = RunContent.objects.filter(run__in=runs)
    return dict(kept.values_list("run_id", Left("prompt", COMPARED)))


def _nearest(rows: Iterable[_Row], texts: Mapping[int, str], words: Sequence[str]) -> list[_Near]:
    """Return the nearest; of those equally near, the latest closed first."""
    near = [_Near(row, text := texts.get(row.run), _likeness(words, text)) for row in rows]
    return sorted(near, key=lambda one: -1 if one.likeness is None else one.likeness, reverse=True)[:SHOWN]


def _words(text: str) -> list[str]:
    return text.casefold().split()


def _likeness(words: Sequence[str], begins: str | None) -> int | None:
    return round(fuzz.ratio(words, _words(begins))) if begins and words else None


def _fetched(case_ids: list[int]) -> dict[int, Case]:
    """Fetch the cases with all that is shown of them. What was undone did not happen."""
    decisions = Decision.objects.filter(event__undone_by=None).select_related("by")
    reissues = Reissue.objects.exclude(state__in=NEVER_SENT).select_related("by", "run").defer(*NOT_SHOWN)
    whole = Case.objects.select_related("pipeline", "topic")
    return whole.prefetch_related(Prefetch("decisions", decisions), Prefetch("reissues", reissues)).in_bulk(
        case_ids
    )


def _precedent(case: Case, near: _Near) -> Precedent:
    return Precedent(
        case=case,
        likeness=near.likeness,
        excerpt=(near.begins or "")[:EXCERPT],
        decisions=list(case.decisions.all()),
        reissues=list(case.reissues.all()),
    )
