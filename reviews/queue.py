"""The queue: what is held, filtered, searched and sorted, a page at a time and by key."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import BigIntegerField, Count, F, Q, QuerySet
from django.db.models.functions import Cast, Left
from django.utils.translation import gettext_lazy as _

from reviews import search
from reviews.behind import of_topic, outcomes_behind, runs_behind
from reviews.happened import cases_to_which
from reviews.models import Case, CaseRun, Decision, FirstOutcome, Snooze, State
from reviews.reports.scope import NONE_NAMED

# No list is counted further than this: "1,000+" says enough, and a count over a big table takes long.
COUNTED = 1000

# How much of its prompt a row of the list holds, in characters: a prompt can be of any length.
SHOWN = 240

# How long a case has waited at least, by the word in the address.
AGES = {"day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30)}

# Where a case waits for a person: to be decided, or its answer to be read.
WAITING = (State.HELD, State.ANSWERED)

SORTS = {
    # Oldest first; of the same age, what repeats most.
    "oldest": (_("oldest first"), ["held_since", "-declines", "pk"]),
    "repeats": (_("most repeated first"), ["-declines", "held_since", "pk"]),
    "blocked": (_("most work blocked first"), ["-blocked_seconds", "held_since", "pk"]),
    "newest": (_("newest first"), ["-held_since", "pk"]),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a person wants to see; every field stands in the address under its own name.

    `assigned` is a user name, `decider` too; `claim` is "free", "claimed", or "@" and the holder's user name.
    With a `week`, code and topic are those that the case's runs of that week count under in the report;
    `surface`, `model` (which declined), `requested` and `served` are then a decline's or a run's, "-" where
    none was named, and `counted` "runs" leaves out all but final attempts of the pipelines' own.
    `settled_from` and `settled_until` are the days, both included, between which the case was first settled,
    `ending` is what it came to then, and `first_model` what its first run asked, "-" where that named none.
    `happened` is what happened to the case between two days, both included: see `reviews.happened.words`.
    """

    q: str = ""
    state: str = "waiting"
    code: str = ""
    topic: str = ""
    pipeline: str = ""
    resolution: str = ""
    assigned: str = ""
    decider: str = ""
    claim: str = ""
    week: str = ""
    surface: str = ""
    model: str = ""
    requested: str = ""
    served: str = ""
    counted: str = ""
    settled_from: str = ""
    settled_until: str = ""
    ending: str = ""
    first_model: str = ""
    happened: str = ""
    happened_from: str = ""
    happened_until: str = ""
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

    def cases(self, *, now: datetime, blocked_at: datetime | None = None) -> QuerySet[Case]:
        """Return the cases that match, in order. `blocked_seconds` is the work they block, at `blocked_at`
        or `now`: their order by it changes as time passes, so pages of one list reckon it at one moment.
        """
        wanted = self._state(now=now)
        if self.week:
            wanted &= Q(pk__in=CaseRun.objects.filter(runs_behind(self)).values("case"))
        else:
            wanted &= of_topic("topic", self.topic) & (Q(code=self.code) if self.code else Q())
            wanted &= Q(surface=self.surface) if self.surface else Q()
        if first := outcomes_behind(self):
            wanted &= Q(pk__in=FirstOutcome.objects.filter(first).values("case"))
        wanted &= cases_to_which(self)
        if self.pipeline:
            wanted &= Q(pipeline__slug=self.pipeline)
        if self.resolution:
            wanted &= Q(resolution=self.resolution)
        if self.age in AGES:
            wanted &= Q(held_since__lte=now - AGES[self.age]) & ~Q(state=State.CLOSED)
        wanted &= self._people(now=now)
        if (found := search.found(self.q)) is not None:
            wanted &= Q(pk__in=found)
        return Case.objects.filter(wanted).annotate(**_blocked(blocked_at or now)).order_by(*self.order)

    def _state(self, *, now: datetime) -> Q:
        if self.state == "waiting":
            return ~Q(state=State.CLOSED) & ~snoozed(now)
        if self.state == "snoozed":
            return snoozed(now)
        if self.state == "asked":
            return Q(asked_at__isnull=False) & ~Q(state=State.CLOSED)
        if self.state in State.values:
            return Q(state=self.state)
        return Q()

    def _people(self, *, now: datetime) -> Q:
        wanted = Q()
        if self.assigned == NONE_NAMED:
            wanted &= Q(assigned_to=None)
        elif self.assigned:
            wanted &= Q(assigned_to__username=self.assigned)
        if self.decider:
            wanted &= Q(pk__in=Decision.objects.filter(by__username=self.decider).values("case"))
        if self.claim == "free":
            wanted &= Q(claimed_by=None) | Q(claimed_until__lte=now)
        elif self.claim == "claimed":
            wanted &= Q(claimed_until__gt=now)
        elif self.claim.startswith("@"):
            wanted &= Q(claimed_by__username=self.claim[1:], claimed_until__gt=now)
        return wanted


def snoozed(now: datetime) -> Q:
    """Return what holds for the cases that nobody needs to look at yet."""
    return Q(snooze__in=[Snooze.GROWTH, Snooze.MODEL]) | Q(snoozed_until__gt=now)


def _blocked(now: datetime) -> dict[str, Any]:
    runs = Cast("blocked_runs", BigIntegerField())  # PostgreSQL multiplies two integers to one of 32 bits
    return {"blocked_seconds": runs * int(now.timestamp()) - F("blocked_since")}


def listed(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Fetch with the cases what a row of the list shows; `asked` is the beginning of the prompt."""
    whole = cases.select_related("pipeline", "topic", "claimed_by", "assigned_to")
    return whole.annotate(asked=Left("first_run__content__prompt", SHOWN))


def next_case(*, after: Case, wanted: Filter, now: datetime) -> Case | None:
    """Return the case that follows in the queue, from its top again after the last; None where no other is.

    What is on its way needs nobody, so it is passed over.
    """
    others = wanted.cases(now=now).exclude(pk=after.pk).exclude(state=State.REISSUING)
    return others.filter(behind(after, wanted.order, now=now)).first() or others.first()


def previous_case(*, before: Case, wanted: Filter, now: datetime) -> Case | None:
    """Return the case that stands above in the queue, where `next_case` would lead back from; None at its top."""
    others = wanted.cases(now=now).exclude(pk=before.pk).exclude(state=State.REISSUING)
    return others.filter(ahead(before, wanted.order, now=now)).reverse().first()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case stands in a list: "`number` of `total`". Both end at `COUNTED`; no number if it is not in it."""

    number: int | None
    total: int

    @property
    def more(self) -> bool:
        """Whether the list goes on beyond what was counted."""
        return self.total > COUNTED


def place(case: Case, wanted: Filter, *, now: datetime) -> Place:
    """Return the case's place in a list."""
    cases = wanted.cases(now=now)
    number = None
    if cases.filter(pk=case.pk).exists():
        number = counted(cases.filter(ahead(case, wanted.order, now=now))) + 1
    return Place(number if number is None or number <= COUNTED else None, counted(cases))


def around(case: Case, wanted: Filter, *, now: datetime, before: int = 6, after: int = 14) -> list[Case]:
    """Return the case among its neighbours in a list, for the rail."""
    others = listed(wanted.cases(now=now).exclude(pk=case.pk))
    itself = listed(Case.objects.filter(pk=case.pk)).get()
    above = list(others.filter(ahead(case, wanted.order, now=now)).reverse()[:before])
    below = list(others.filter(behind(case, wanted.order, now=now))[:after])
    return [*reversed(above), itself, *below]


def behind(case: Case, order: list[str], *, now: datetime) -> Q:
    """Return what holds for the cases that come after this one in an order of columns."""
    return past(key_of(case, order, now=now), order)


def ahead(case: Case, order: list[str], *, now: datetime) -> Q:
    """Return what holds for the cases that come before this one in an order of columns."""
    return past(key_of(case, order, now=now), turned(order))


def key_of(case: Case, order: list[str], *, now: datetime) -> list[Any]:
    """Return a case's values in the columns of an order: its place in the list."""
    seconds = case.blocked_runs * int(now.timestamp()) - case.blocked_since
    names = [column.removeprefix("-") for column in order]
    return [seconds if name == "blocked_seconds" else getattr(case, name) for name in names]


def turned(order: list[str]) -> list[str]:
    """Return the order from its end."""
    return [column.removeprefix("-") if column.startswith("-") else f"-{column}" for column in order]


def past(key: list[Any], order: list[str]) -> Q:
    """Return what holds for the cases that come after a place in an order of columns.

    The bound on the first column follows from the rest; with it, an index begins at that place.
    """
    first = order[0].removeprefix("-")
    bound = Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": key[0]})
    behind, level = Q(), Q()
    for column, value in zip(order, key, strict=True):
        name = column.removeprefix("-")
        behind |= level & Q(**{f"{name}__{'lt' if column.startswith('-') else 'gt'}": value})
        level &= Q(**{name: value})
    return bound & behind


def counted(cases: QuerySet[Case]) -> int:
    """Count the cases, as far as `COUNTED` + 1: that one more means "and more"."""
    return cases.order_by()[: COUNTED + 1].count()


def shown(n: int) -> str:
    """Return a count of `counted` as people read it: "1,000+" is "and more"."""
    return f"{intcomma(COUNTED)}+" if n > COUNTED else str(intcomma(n))


def counts_by(cases: QuerySet[Case], field: str) -> list[tuple[str, int]]:
    """Count the cases by a field, most first; of a long list, its first `COUNTED`."""
    first = Case.objects.filter(pk__in=cases.values("pk")[:COUNTED])
    grouped = first.values_list(field).annotate(n=Count("pk")).order_by("-n", field)
    return [(value, n) for value, n in grouped]


def waiting_count(*, now: datetime) -> int:
    """How many cases wait for a person: held and awake, or answered and to be read; `COUNTED` + 1 at most."""
    waiting = Case.objects.filter(state__in=WAITING)
    return counted(waiting.exclude(snoozed(now)))
