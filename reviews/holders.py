"""Who has what: why nothing in a list is free, where every case in it is held or handed to somebody else."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from reviews.claim import CLAIMABLE
from reviews.models import Case, State
from reviews.queue import COUNTED, Filter


@dataclass(slots=True, kw_only=True)
class Held:
    """What one person holds of a list: how many cases, and the one whose claim runs out first."""

    by: User
    cases: int
    first: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What of a list is not free: claimed by others, handed to others (how many to whom), on its way."""

    held: list[Held]
    handed: list[tuple[User, int]]
    on_their_way: int

    def __bool__(self) -> bool:
        return bool(self.held or self.handed or self.on_their_way)


def taken(*, wanted: Filter, by: User, now: datetime) -> Taken:
    """Return what of a list others hold now, or were handed; what a claim runs out on first comes first."""
    cases = wanted.cases(now=now)
    waiting = cases.filter(state__in=CLAIMABLE)
    claimed = waiting.filter(claimed_until__gt=now).exclude(claimed_by=by).select_related("claimed_by")
    held: dict[int, Held] = {}
    for case in claimed.order_by("claimed_until", "pk")[:COUNTED]:
        if case.claimed_by:
            of = held.setdefault(case.claimed_by.pk, Held(by=case.claimed_by, cases=0, first=case))
            of.cases += 1
    others = waiting.exclude(pk__in=claimed.order_by().values("pk")).exclude(assigned_to=None)
    handed = Counter(others.exclude(assigned_to=by).values_list("assigned_to", flat=True)[:COUNTED])
    people = User.objects.in_bulk([pk for pk in handed if pk])
    return Taken(
        held=list(held.values()),
        handed=[(people[pk], n) for pk, n in handed.most_common() if pk],
        on_their_way=cases.filter(state=State.REISSUING).order_by()[:COUNTED].count(),
    )
