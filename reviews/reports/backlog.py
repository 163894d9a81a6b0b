"""How much waited at the end of any week, since when, and how it moved: read from when cases were open."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from pipelines.models.run import week_of
from reviews.models import Began, Opening, State
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.span import Span, span

# What cases can be counted by, and where it stands.
BY = {"code": "code", "pipeline": "pipeline__slug"}


@dataclass(slots=True)
class Standing:
    """What was open at the end of a week, or now where it still runs, and what was opened and closed in it.

    `held` and `answered` wait for a person; they are known for now alone. The rest of what is open is
    on its way. `opened_as` counts by `Began`, `closed_as` by `Resolution`.
    """

    open: int = 0
    held: int | None = None
    answered: int | None = None
    since: datetime | None = None
    oldest: timedelta | None = None
    opened_as: Counter[str] = field(default_factory=Counter)
    closed_as: Counter[str] = field(default_factory=Counter)

    @property
    def closed(self) -> int:
        return self.closed_as.total()

    def stands(self, *, n: int, since: datetime | None, at: datetime) -> None:
        """Count what was open at the end of the week, the oldest of it `since` then."""
        self.open += n
        if n and since and (self.since is None or since < self.since):
            self.since, self.oldest = since, max(at - since, timedelta())


def by_week(weeks: list[date], *, now: datetime, scope: Scope = EVERYTHING) -> list[Standing]:
    """Return how it stood at the end of each of some weeks in a row, oldest first."""
    read = span(weeks, now=now)
    found = [Standing() for _ in weeks]
    rows = (
        Opening.objects.filter(read.open(), scope.cases())
        .values("began", "resolution", first=read.week_number("since"), last=read.week_number("until"))
        .annotate(n=Count("pk"), oldest=Min("since"))
        .order_by()
    )
    for row in rows:
        _count(found, row, ends=read.ends())
    return found


def _count(found: list[Standing], row: Mapping[str, Any], *, ends: list[datetime]) -> None:
    """Count openings that began in one week and ended in another in every week that they touch."""
    first, last, n = row["first"], row["last"], row["n"]
    if first:
        found[first - 1].opened_as[row["began"]] += n
    if last <= len(found):
        found[last - 1].closed_as[row["resolution"]] += n
    for number in range(max(first, 1), last):
        if number <= len(found):
            found[number - 1].stands(n=n, since=row["oldest"], at=ends[number - 1])


def by_part(week: date, *, now: datetime, scope: Scope = EVERYTHING) -> dict[str, dict[str, Standing]]:
    """Return how it stood at the end of a week by each of `BY`: {"code": {"PII": …}, "pipeline": {…}}.

    Those with the most open come first.
    """
    read = span([week], now=now)
    found: dict[str, dict[str, Standing]] = {name: defaultdict(Standing) for name in BY}
    for row in _parts(read, scope=scope):
        for name, column in BY.items():
            _add(found[name][row[column]], row, at=read.until)
    if week_of(timezone.localtime(now)) == week:
        for name, parts in found.items():
            _add_waiting(parts, BY[name], now=now, scope=scope)
    return {name: _most_first(parts) for name, parts in found.items()}


def _parts(read: Span, *, scope: Scope) -> Iterable[Mapping[str, Any]]:
    stands = Q(until=None) | Q(until__gte=read.end)
    counts = {
        "open": Count("pk", filter=stands),
        "oldest": Min("since", filter=stands),
        "closed": Count("pk", filter=read.holds("until")),
        **{began.value: Count("pk", filter=Q(began=began) & read.holds("since")) for began in Began},
    }
    openings = Opening.objects.filter(read.open(), scope.cases())
    parts: Iterable[Mapping[str, Any]] = openings.values(*BY.values()).annotate(**counts).order_by()
    return parts


def _add(part: Standing, row: Mapping[str, Any], *, at: datetime) -> None:
    part.stands(n=row["open"], since=row["oldest"], at=at)
    for began in Began.values:
        if row[began]:
            part.opened_as[began] += row[began]
    part.closed_as["all"] += row["closed"]


def _add_waiting(parts: dict[str, Standing], column: str, *, now: datetime, scope: Scope) -> None:
    """Add how many of the open cases wait for a person now. What a clock ahead of ours opens later is not open."""
    for part in parts.values():
        part.held = part.answered = 0
    waiting = Opening.objects.filter(scope.cases(), until=None, since__lte=now)
    counts = {state.value: Count("pk", filter=Q(case__state=state)) for state in (State.HELD, State.ANSWERED)}
    for value, held, answered in (
        waiting.order_by().values(column).annotate(**counts).values_list(column, *counts)
    ):
        parts[value].held, parts[value].answered = held, answered


def _most_first(parts: dict[str, Standing]) -> dict[str, Standing]:
    return dict(sorted(parts.items(), key=lambda item: (-item[1].open, -item[1].closed, item[0])))
