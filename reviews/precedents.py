"""Past cases like the one on screen, and what became of them. A person reads them; nothing applies them.

First those of the same code and topic, then those of the same code; within each the nearest prompt,
word by word. What is compared is bounded: so many characters of so many of the latest closed cases.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Left
from rapidfuzz import fuzz

from pipelines.models import RunContent
from reviews.models import Case, Decision, Reissue, Resolution, Sending
from reviews.models.reissue import NEVER_SENT

# How many of the latest closed cases are compared: of the code and topic, and again of the code alone.
CANDIDATES = 250
# Of each prompt, what is compared, in characters: its beginning tells what kind of work it is.
COMPARED = 1_000
# How many of a group are shown.
SHOWN = 4
# How much of its prompt one shows, in characters.
EXCERPT = 300


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
    prompt = RunContent.objects.filter(run=case.first_run_id).values_list(Left("prompt", COMPARED))
    words = _words(prompt[0][0]) if prompt else []
    settled = Case.objects.filter(code=case.code, closed_at__isnull=False, merged_into__isnull=True)
    settled = settled.exclude(pk__in=[pk for pk in (case.pk, case.merged_into_id) if pk])
    same_topic = _nearest(_latest(settled.filter(topic=case.topic_id)), words) if case.topic_id else []
    others = [row for row in _latest(settled) if row.topic is None or row.topic != case.topic_id]
    same_code = _nearest(others, words)
    cases = _fetched([row.case for row, _likeness in [*same_topic, *same_code]])
    return Precedents(
        same_topic=[_precedent(cases[row.case], row, likeness) for row, likeness in same_topic],
        same_code=[_precedent(cases[row.case], row, likeness) for row, likeness in same_code],
    )


class _Row(NamedTuple):
    """What is compared of a case; `begins` is the beginning of its prompt, None where that is not kept."""

    case: int
    topic: int | None
    begins: str | None


def _latest(settled: QuerySet[Case]) -> list[_Row]:
    """Return what is compared, the latest closed first. Every order is one of an index's own."""
    latest = settled.order_by("-closed_at", "-pk").annotate(
        begins=Left("first_run__content__prompt", COMPARED)
    )
    return [_Row(*row) for row in latest.values_list("pk", "topic_id", "begins")[:CANDIDATES]]


def _nearest(rows: Iterable[_Row], words: Sequence[str]) -> list[tuple[_Row, int | None]]:
    """Return the nearest with their likeness; of those equally near, the latest closed first."""
    scored = [(row, _likeness(words, row.begins)) for row in rows]
    return sorted(scored, key=lambda one: -1 if one[1] is None else one[1], reverse=True)[:SHOWN]


def _words(text: str) -> list[str]:
    return text.casefold().split()


def _likeness(words: Sequence[str], begins: str | None) -> int | None:
    return round(fuzz.ratio(words, _words(begins))) if begins and words else None


def _fetched(case_ids: list[int]) -> dict[int, Case]:
    """Fetch the cases with all that is shown of them. What was undone did not happen."""
    decisions = Decision.objects.filter(event__undone_by=None).select_related("by")
    reissues = Reissue.objects.exclude(state__in=NEVER_SENT).select_related("by", "run")
    whole = Case.objects.select_related("pipeline", "topic")
    return whole.prefetch_related(Prefetch("decisions", decisions), Prefetch("reissues", reissues)).in_bulk(
        case_ids
    )


def _precedent(case: Case, row: _Row, likeness: int | None) -> Precedent:
    return Precedent(
        case=case,
        likeness=likeness,
        excerpt=(row.begins or "")[:EXCERPT],
        decisions=list(case.decisions.all()),
        reissues=list(case.reissues.all()),
    )
