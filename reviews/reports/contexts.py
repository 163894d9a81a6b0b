"""Contexts that people added again and again within a pipeline: what its own brief may lack.

These are texts: for people who may read them, and for no table, file or e-mail.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from reviews.models import Reissue, Sending, Way
from reviews.models.reissue import GIVEN_UP
from reviews.reports.scope import EVERYTHING, Scope

# Of so many cases on, one change at the source may spare the next ones.
AGAIN = 3
# How far the page looks back.
AGAIN_WEEKS = 13
MOST = 10


@dataclass(frozen=True, slots=True)
class AddedAgain:
    """The same words, added to several cases of a pipeline; `latest` is the last re-issue that had them."""

    pipeline: str
    cases: int
    answered: int
    declined: int
    latest: Reissue

    @property
    def words(self) -> str:
        """The words themselves, in all their parts: it is by all that they are the same."""
        return words_of(self.latest)


def added_again(since: datetime, until: datetime, *, scope: Scope = EVERYTHING) -> list[AddedAgain]:
    """Return the contexts that were added to `AGAIN` cases or more in that time, the most frequent first."""
    added = Reissue.objects.filter(
        scope.cases("case__"), way=Way.CONTEXT, created_at__gte=since, created_at__lt=until
    )
    rows = (
        added.exclude(own_words_digest="")
        .exclude(state__in=GIVEN_UP)
        .values("case__pipeline__slug", "own_words_digest")
        .annotate(
            cases=Count("case", distinct=True),
            answered=Count("pk", filter=Q(state=Sending.ANSWERED)),
            declined=Count("pk", filter=Q(state=Sending.DECLINED)),
            latest=Max("pk"),
        )
        .filter(cases__gte=AGAIN)
        .order_by("-cases", "latest")[:MOST]
    )
    found = list(rows)
    latest = Reissue.objects.defer("request", "own_words").in_bulk([row["latest"] for row in found])
    return [
        AddedAgain(
            row["case__pipeline__slug"], row["cases"], row["answered"], row["declined"], latest[row["latest"]]
        )
        for row in found
    ]


def words_of(reissue: Reissue) -> str:
    """Return what a re-issue added, as the words that a change at the source begins with."""
    parts = (reissue.purpose, reissue.serves, reissue.authority, reissue.background, reissue.handling_limits)
    return "\n\n".join(part for part in parts if part)
