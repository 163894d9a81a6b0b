"""Over-refusal, honestly: what first reviews of declines came to, by month, code, topic and model.

docs/over-refusal.md defines what is counted. "Answered once context was given" is a lower bound of
over-refusal, and "upheld" stands beside it with the same weight.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.db.models import Count
from django.db.models.functions import TruncMonth
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
class Tally:
    """What is counted together: cases of one month, code, topic (a slug), model and ending."""

    month: date
    code: str
    topic: str
    model: str
    ending: str
    n: int


def tallies(since: datetime, until: datetime, *, scope: Scope = EVERYTHING) -> list[Tally]:
    """Return the first outcomes from `since` until before `until`, counted. One read of one narrow table."""
    of_time = FirstOutcome.objects.filter(scope.counts(), at__gte=since, at__lt=until)
    rows = of_time.annotate(month=TruncMonth("at")).values_list("month", "code", "topic", "model", "ending")
    return [Tally(month.date(), *rest) for month, *rest in rows.annotate(n=Count("pk")).order_by()]


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


def read(week: date, *, scope: Scope = EVERYTHING, now: datetime) -> list[Tally]:
    """Return what the report of a week is made from."""
    return tallies(begins_month(months_until(week)[0]), min(ends(week), now), scope=scope)


def tables_of(found: list[Tally], *, week: date) -> list[Table]:
    """Return the tables from what was read for them."""
    by_month = grouped(found, lambda one: f"{one.month:%Y-%m}")
    topics = dict(Topic.objects.values_list("slug", "name"))
    months = [(name, by_month[name]) for name in (f"{month:%Y-%m}" for month in months_until(week))]
    by_code = grouped(found, lambda one: one.code)
    by_topic = grouped(found, lambda one: topics.get(one.topic, one.topic) or _("no topic"))
    by_model = grouped(found, lambda one: one.model or _("no model named"))
    return [
        _table("month", _("By month"), _("Month"), months),
        _table("code", _("By reason code"), _("Reason code"), _largest(by_code)),
        _table("topic", _("By topic"), _("Topic"), _largest(by_topic)),
        _table("model", _("By model"), _("Model"), _largest(by_model)),
    ]


def all_of(found: list[Tally]) -> Reviews:
    """Return what all the first reviews came to."""
    return grouped(found, lambda one: "")[""]


def grouped(found: Iterable[Tally], by: Callable[[Tally], str]) -> dict[str, Reviews]:
    """Sum tallies by what `by` says of each."""
    groups: dict[str, Reviews] = defaultdict(Reviews)
    for one in found:
        groups[by(one)].endings[one.ending] += one.n
    return groups


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
