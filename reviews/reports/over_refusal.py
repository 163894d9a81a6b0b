"""Over-refusal, honestly: what first reviews of declines came to, by month, code, topic and model.

docs/over-refusal.md defines what is counted. "Answered once context was given" is a lower bound of
over-refusal, and "upheld" stands beside it with the same weight.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, QuerySet, Sum
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from reviews.models import Ending, FirstOutcome
from reviews.reports.counts import topic_names
from reviews.reports.headline import Headline, share_of
from reviews.reports.kept import Row, of_spans
from reviews.reports.rates import Share
from reviews.reports.scope import EVERYTHING, NONE_NAMED, Scope
from reviews.reports.span import Reached
from reviews.reports.table import Cell, Column, Table, Unit
from reviews.reports.weeks import DAY, WEEK, begins, ends

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


def months_until(week: date) -> list[date]:
    """Return the first days of the months that the report of a week reaches over, oldest first."""
    last = week + WEEK - DAY
    index = last.year * 12 + last.month - 1
    return [date((index - back) // 12, (index - back) % 12 + 1, 1) for back in range(MONTHS - 1, -1, -1)]


def read(week: date, *, scope: Scope = EVERYTHING, now: datetime) -> Found:
    """Return what the report of a week is made from. Of its months, all but the last are kept.

    Two columns at a time: all four at once would come to nearly as many groups as there are cases.
    """
    months, until = months_until(week), min(ends(week), now)
    stamps = _stamps(months, scope=scope)

    def by(*columns: str) -> list[Row]:
        def read_months(missing: list[date]) -> Iterator[Row]:
            first, end = months.index(missing[0]), months.index(missing[-1]) + 1
            rows = _cases(columns, months[first:end], until=begins(months[end]), scope=scope)
            return (row for row in rows if row[0] in missing)

        name = f"first outcomes {columns}"
        earlier = of_spans(
            name, months[:-1], stamps=stamps, scope=scope, read=read_months, stamp_of=_stamp_of
        )
        return [*earlier, *_cases(columns, months[-1:], until=until, scope=scope)]

    codes, topics = by("code", "ending"), by("topic", "model", "ending")
    return Found(
        by_month=[(_name(month), ending, n) for month, _code, ending, n, _stamp in codes],
        by_code=[(code, ending, n) for _month, code, ending, n, _stamp in codes],
        by_topic=[(topic, ending, n) for _month, topic, _model, ending, n, _stamp in topics],
        by_model=[(model, ending, n) for _month, _topic, model, ending, n, _stamp in topics],
    )


def _cases(columns: tuple[str, ...], months: list[date], *, until: datetime, scope: Scope) -> Iterator[Row]:
    """Count the cases of months in a row, the last of which is read until then.

    As (month, *columns, cases, the sum of their stamps).
    """
    number = _number(months)
    settled = _settled(begins(months[0]), until, scope)
    for at, *row in settled.values_list(number, *columns).annotate(n=Count("*"), sum=Sum("stamp")):
        yield months[at - 1], *row


def _stamps(months: list[date], *, scope: Scope) -> dict[date, str]:
    """Return the stamps of months in a row, all but the last: another one whenever a first outcome changed."""
    settled = _settled(begins(months[0]), begins(months[-1]), scope)
    rows = settled.values_list(_number(months)).annotate(n=Count("*"), sum=Sum("stamp"))
    found = {months[at - 1]: f"{n}-{stamp}" for at, n, stamp in rows}
    return {month: found.get(month, "0-0") for month in months[:-1]}


def _stamp_of(rows: list[Row]) -> str:
    """Return the stamp of the month whose cases were read. A decision that is undone brings an earlier one back."""
    return f"{sum(row[-2] for row in rows)}-{sum(row[-1] for row in rows)}"


def _number(months: list[date]) -> Reached:
    """Return the expression for which of some months in a row a first outcome is in: 1 is the first."""
    return Reached("at", edges=[begins(month) for month in months])


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: what it is called, and how the queue's filter finds the cases that were reviewed."""

    name: str
    reviews: Reviews
    behind: dict[str, str]


def tables_of(found: Found, *, week: date, scope: Scope) -> list[Table]:
    """Return the tables from what was read for them."""
    months = months_until(week)
    last_days = [month - DAY for month in months[1:]] + [week + WEEK - DAY]
    whole = _whole(week, scope)
    by_month = grouped(found.by_month)
    monthly = [
        Line(_name(month), by_month[_name(month)], {**whole, **settled_in(month, last)})
        for month, last in zip(months, last_days, strict=True)
    ]
    topics = topic_names() | {"": _("no topic")}
    by_code = _largest(found.by_code, {}, whole, "code")
    by_topic = _largest(found.by_topic, topics, whole, "topic")
    by_model = _largest(found.by_model, {"": _("no model named")}, whole, "first_model")
    return [
        _table("month", _("By month"), _("Month"), monthly, whole),
        _table("code", _("By reason code"), _("Reason code"), by_code, whole),
        _table("topic", _("By topic"), _("Topic"), by_topic, whole),
        _table("model", _("By model"), _("Model"), by_model, whole),
    ]


def settled_in(first: date, last: date) -> dict[str, str]:
    """Return the queue's filter for the days in which cases were first settled, both included."""
    return {"settled_from": first.isoformat(), "settled_until": last.isoformat()}


def _largest(
    rows: Iterable[tuple[str, str, int]], names: Mapping[str, str], whole: Mapping[str, str], by: str
) -> list[Line]:
    """Return a line a value, by how much was reviewed, most first: never by what came of it.

    `by` is what the queue's filter calls such values; they are called otherwise where `names` has them.
    """
    lines = [
        Line(names.get(value, value), reviews, {**whole, by: value or NONE_NAMED})
        for value, reviews in grouped(rows).items()
    ]
    return sorted(lines, key=lambda line: (-line.reviews.n, line.name))


def headlines(found: Found, *, week: date, scope: Scope) -> list[Headline]:
    """Return the two shares of all first reviews, which stand first and with the same weight."""
    of_all = all_of(found)
    ways = cells(of_all, _whole(week, scope))[1:3]
    shares = (Ending.ANSWERED, Ending.UPHELD)
    return [
        Headline(
            title=capfirst(str(ending.label)),
            cell=cell,
            unit=Unit.SHARE,
            basis=share_of(of_all.share(ending), _("%(part)s of %(n)s reviewed")),
        )
        for ending, cell in zip(shares, ways, strict=True)
    ]


def rest(found: Found, *, week: date, scope: Scope) -> list[tuple[Column, Cell]]:
    """Return what the others of all first reviews came to."""
    return list(zip(columns(), cells(all_of(found), _whole(week, scope)), strict=True))[3:]


def all_of(found: Found) -> Reviews:
    """Return what all the first reviews came to."""
    return grouped(("", ending, n) for _code, ending, n in found.by_code)[""]


def _whole(week: date, scope: Scope) -> dict[str, str]:
    """Return the queue's filter for all that the report of a week counts."""
    return {"state": "all", **settled_in(months_until(week)[0], week + WEEK - DAY), **scope.query()}


def grouped(rows: Iterable[tuple[str, str, int]]) -> dict[str, Reviews]:
    """Sum (value, ending, cases) by their values."""
    groups: dict[str, Reviews] = defaultdict(Reviews)
    for value, ending, n in rows:
        groups[value].endings[ending] += n
    return groups


def _name(month: date) -> str:
    return f"{month:%Y-%m}"


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


def cells(reviews: Reviews, behind: Mapping[str, str] | None = None) -> tuple[Cell, ...]:
    """Return a row's cells under `columns`.

    `behind` is the queue's filter that finds the reviewed; with it, each number leads to the cases that it
    counts, a share to those of its part.
    """
    shared = (Ending.ANSWERED, Ending.UPHELD)
    counted = (Ending.BY_HAND, Ending.EDITED, Ending.OTHER_MODEL, Ending.RECLASSIFIED, Ending.WITHDRAWN)

    def cell(value: int | Share, ending: Ending) -> Cell:
        if behind is None or not reviews.endings[ending]:
            return Cell(value)
        return Cell(value, {**behind, "ending": ending.value})

    return (
        Cell(reviews.n, behind if reviews.n else None),
        *(cell(reviews.share(ending), ending) for ending in shared),
        *(cell(reviews.endings[ending], ending) for ending in counted),
    )


def _table(by: str, title: str, first: str, lines: list[Line], whole: Mapping[str, str]) -> Table:
    """Return the table of some lines, which together are the `whole`."""
    total = Reviews(sum((line.reviews.endings for line in lines), Counter()))
    return Table(
        name=f"over_refusal_by_{by}",
        title=title,
        columns=(Column(by, first, Unit.TEXT), *columns()),
        rows=[(Cell(line.name), *cells(line.reviews, line.behind)) for line in lines],
        note=note(),
        total=(Cell(_("All")), *cells(total, whole)),
    )


def note() -> str:
    """Say what is counted, and what the shares cannot say."""
    return _(
        "Cases by how they were settled the first time; both shares are of all that were reviewed. “Answered "
        "once context was given” is a lower bound of over-refusal: only what a person sent again could be "
        "answered. What was upheld may have been too much as well, and of what nobody reviewed, nobody knows."
    )
