"""Over-refusal, honestly: what first reviews of declines came to, by month, code, topic and model.

docs/over-refusal.md defines what is counted. "Answered once context was given" is a lower bound of
over-refusal, and "upheld" stands beside it with the same weight.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.db.models import Case, Count, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from pipelines.models import Topic
from reviews.models import Ending, FirstOutcome
from reviews.reports.rates import Share
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.table import Cell, Column, Table, Unit
from reviews.reports.weeks import WEEK, ends

# How many calendar months the report reaches back, that of the week's last day included.
MONTHS = 12


@dataclass(slots=True)
class Reviews:
    """How many first reviews came to what. What is kept apart from "answered" is no evidence of over-refusal."""

    endings: Counter[str] = field(default_factory=Counter)

    @property
    def n(self) -> int:
        """All cases that were reviewed."""
        return self.endings.total()

    def share(self, ending: Ending) -> Share:
        """Return the share of the reviewed that ended so."""
        return Share(self.endings[ending], self.n)


@dataclass(frozen=True, slots=True)
class Found:
    """What the report is made from: (value, ending, cases) by month and code, and by topic and model."""

    by_month: list[tuple[str, str, int]]
    by_code: list[tuple[str, str, int]]
    by_topic: list[tuple[str, str, int]]
    by_model: list[tuple[str, str, int]]


def reviews_of_codes(since: datetime, until: datetime) -> dict[str, Reviews]:
    """Return what first reviews from `since` until before `until` came to, by code."""
    return grouped(_settled(since, until, EVERYTHING).values_list("code", "ending").annotate(n=Count("pk")))


def _settled(since: datetime, until: datetime, scope: Scope) -> QuerySet[FirstOutcome]:
    return FirstOutcome.objects.filter(scope.counts(), at__gte=since, at__lt=until).order_by()


def begins_month(first: date) -> datetime:
    """Return the moment at which a month begins, in the site's time zone."""
    return timezone.make_aware(datetime.combine(first, time.min))


def months_until(week: date) -> list[date]:
    """Return the first days of the months that the report of a week reaches over, oldest first."""
    last = week + WEEK - date.resolution
    index = last.year * 12 + last.month - 1
    return [date((index - back) // 12, (index - back) % 12 + 1, 1) for back in range(MONTHS - 1, -1, -1)]


def over_refusal_tables(week: date, *, scope: Scope = EVERYTHING, now: datetime) -> list[Table]:
    """Return the report's tables of the twelve months until the week is over: by month, code, topic and model."""
    return tables_of(read(week, scope=scope, now=now), week=week)


def read(week: date, *, scope: Scope = EVERYTHING, now: datetime) -> Found:
    """Return what the report of a week is made from, in two reads of one narrow table.

    Two columns at a time: all four at once would come to nearly as many groups as there are cases.
    """
    months = months_until(week)
    settled = _settled(begins_month(months[0]), min(ends(week), now), scope)
    # By comparing moments, which is cheaper a row than to take each into the site's time zone.
    month = Case(
        *(When(at__lt=begins_month(later), then=Value(at)) for at, later in enumerate(months[1:])),
        default=Value(MONTHS - 1),
    )
    codes = list(settled.annotate(month=month).values_list("month", "code", "ending").annotate(n=Count("pk")))
    topics = list(settled.values_list("topic", "model", "ending").annotate(n=Count("pk")))
    return Found(
        by_month=[(_name(months[month]), ending, n) for month, _code, ending, n in codes],
        by_code=[(code, ending, n) for _month, code, ending, n in codes],
        by_topic=[(topic, ending, n) for topic, _model, ending, n in topics],
        by_model=[(model, ending, n) for _topic, model, ending, n in topics],
    )


def tables_of(found: Found, *, week: date) -> list[Table]:
    """Return the tables from what was read for them."""
    by_month, topics = grouped(found.by_month), dict(Topic.objects.values_list("slug", "name"))
    months = [(name, by_month[name]) for name in map(_name, months_until(week))]
    by_topic = grouped(
        (topics.get(slug, slug) or _("no topic"), ending, n) for slug, ending, n in found.by_topic
    )
    by_model = grouped((model or _("no model named"), ending, n) for model, ending, n in found.by_model)
    return [
        _table("month", _("By month"), _("Month"), months),
        _table("code", _("By reason code"), _("Reason code"), _largest(grouped(found.by_code))),
        _table("topic", _("By topic"), _("Topic"), _largest(by_topic)),
        _table("model", _("By model"), _("Model"), _largest(by_model)),
    ]


def all_of(found: Found) -> Reviews:
    """Return what all the first reviews came to."""
    return grouped(("", ending, n) for _code, ending, n in found.by_code)[""]


def grouped(rows: Iterable[tuple[str, str, int]]) -> dict[str, Reviews]:
    """Sum (value, ending, cases) by their values."""
    groups: dict[str, Reviews] = defaultdict(Reviews)
    for value, ending, n in rows:
        groups[value].endings[ending] += n
    return groups


def _name(month: date) -> str:
    return f"{month:%Y-%m}"


def _largest(groups: dict[str, Reviews]) -> list[tuple[str, Reviews]]:
    """Return the groups by how much was reviewed, most first: never by what came of it."""
    return sorted(groups.items(), key=lambda one: (-one[1].n, one[0]))


def columns() -> tuple[Column, ...]:
    """Return the columns of every table after its first: the two shares first, then what makes up the rest."""
    return (
        Column("reviewed", _("Reviewed")),
        Column("answered", _("Answered once context was given"), Unit.SHARE),
        Column("upheld", _("Upheld"), Unit.SHARE),
        Column("by_hand", _("By hand")),
        Column("edited", _("Answered after an edit")),
        Column("other_model", _("Answered by another model")),
        Column("reclassified", _("No decline")),
        Column("withdrawn", _("Withdrawn")),
    )


def cells(reviews: Reviews) -> tuple[Cell, ...]:
    """Return a row's cells under `columns`."""
    counted = (Ending.BY_HAND, Ending.EDITED, Ending.OTHER_MODEL, Ending.RECLASSIFIED, Ending.WITHDRAWN)
    return (
        Cell(reviews.n),
        Cell(reviews.share(Ending.ANSWERED)),
        Cell(reviews.share(Ending.UPHELD)),
        *(Cell(reviews.endings[ending]) for ending in counted),
    )


def _table(by: str, title: str, first: str, rows: list[tuple[str, Reviews]]) -> Table:
    whole = Reviews(sum((reviews.endings for _name, reviews in rows), Counter()))
    return Table(
        name=f"over_refusal_by_{by}",
        title=title,
        columns=(Column(by, first, Unit.TEXT), *columns()),
        rows=[(Cell(value), *cells(reviews)) for value, reviews in rows],
        note=note(),
        total=(Cell(_("All")), *cells(whole)),
    )


def note() -> str:
    """Say what is counted, and what the shares cannot say."""
    return _(
        "Cases by how they were settled the first time; both shares are of all that were reviewed. “Answered "
        "once context was given” is a lower bound of over-refusal: only what a person sent again could be "
        "answered. What was upheld may have been too much as well, and of what nobody reviewed, nobody knows."
    )
