"""The queue: what is held, filtered and sorted, a page at a time."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from refusals import Outcome
from reviews.models import Case, CaseRun, State

PAGE_SIZE = 50

# What the address calls the cases that have no topic.
NO_TOPIC = "-"

# How long a case has waited at least, by the word in the address.
AGES = {"day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30)}

SORTS = {
    # Oldest first; of the same age, what repeats most.
    "oldest": (_("oldest first"), ["held_since", "-declines", "pk"]),
    "repeats": (_("most repeated first"), ["-declines", "held_since", "pk"]),
    "newest": (_("newest first"), ["-held_since", "pk"]),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a person wants to see; every field stands in the address under its own name."""

    state: str = "waiting"
    code: str = ""
    topic: str = ""
    pipeline: str = ""
    resolution: str = ""
    week: str = ""
    age: str = ""
    sort: str = "oldest"

    @property
    def query(self) -> str:
        """The filter as the end of an address, with its question mark; empty where nothing was asked for."""
        asked = {one.name: value for one in fields(self) if (value := getattr(self, one.name)) != one.default}
        return f"?{urlencode(asked)}" if asked else ""

    @property
    def order(self) -> list[str]:
        """The columns to sort by."""
        _label, order = SORTS.get(self.sort, SORTS["oldest"])
        return order

    def cases(self, *, now: datetime) -> QuerySet[Case]:
        """Return the cases that match, in order."""
        wanted = Q()
        if self.state == "waiting":
            wanted &= ~Q(state=State.CLOSED)
        elif self.state in State.values:
            wanted &= Q(state=self.state)
        if self.week:
            wanted &= Q(pk__in=CaseRun.objects.filter(self._of_week()).values("case"))
        else:
            wanted &= self._named("topic", self.topic) & (Q(code=self.code) if self.code else Q())
        if self.pipeline:
            wanted &= Q(pipeline__slug=self.pipeline)
        if self.resolution:
            wanted &= Q(resolution=self.resolution)
        if self.age in AGES:
            wanted &= Q(held_since__lte=now - AGES[self.age]) & ~Q(state=State.CLOSED)
        return Case.objects.filter(wanted).order_by(*self.order)

    def _of_week(self) -> Q:
        """Return what holds for the runs behind a bar of the report: declined in that week, under the code
        that they count as there, whatever became of their case since."""
        judged = Q(run__corrected_outcome="", run__declines__terminal=True)
        corrected = Q(run__corrected_outcome=Outcome.DECLINED.value)
        if self.code:
            judged &= Q(run__declines__code=self.code)
            corrected &= Q(run__corrected_code=self.code)
        return Q(run__week=self.week) & self._named("run__topic", self.topic) & (judged | corrected)

    @staticmethod
    def _named(topic: str, slug: str) -> Q:
        if slug == NO_TOPIC:
            return Q(**{topic: None})
        return Q(**{f"{topic}__slug": slug}) if slug else Q()


def listed(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Fetch with the cases what a row of the list shows."""
    return cases.select_related("pipeline", "topic", "first_run__content")


def next_case(*, after: Case, wanted: Filter, now: datetime) -> Case | None:
    """Return the case that follows in the queue, from its top again after the last; None where no other is.

    What is on its way needs nobody, so it is passed over.
    """
    others = wanted.cases(now=now).exclude(pk=after.pk).exclude(state=State.REISSUING)
    return others.filter(_behind(after, wanted.order)).first() or others.first()


def _behind(case: Case, order: list[str]) -> Q:
    """Return what holds for the cases that come after this one in an order of columns."""
    behind, level = Q(), Q()
    for column in order:
        name = column.removeprefix("-")
        value = getattr(case, name)
        behind |= level & Q(**{f"{name}__{'lt' if column.startswith('-') else 'gt'}": value})
        level &= Q(**{name: value})
    return behind


def counts_by(cases: QuerySet[Case], field: str) -> list[tuple[str, int]]:
    """Count the cases by a field, most first."""
    grouped = cases.order_by().values_list(field).annotate(n=Count("pk")).order_by("-n", field)
    return [(value, n) for value, n in grouped]


def waiting_count() -> int:
    """How many cases wait for a person: held, or answered and to be read."""
    return Case.objects.filter(state__in=[State.HELD, State.ANSWERED]).count()
