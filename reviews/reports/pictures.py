"""The charts of a week's report by name: what each shows, and where its marks lead."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial

from django.utils.translation import gettext as _

from reviews.reports import charts, counts, kept
from reviews.reports.breakdown import OF_FINAL_RUNS
from reviews.reports.counts import Series
from reviews.reports.coverage import rules_changes
from reviews.reports.drawing import Sketch, picture_as_asked, picture_of
from reviews.reports.rates import Endings
from reviews.reports.scope import NONE_NAMED, Scope
from reviews.reports.weeks import weeks_until

# Turns a filter of the queue into an absolute address: the picture may stand anywhere.
ToCases = Callable[[Mapping[str, str]], str]
# A heat map of more rows or columns than this is no longer read at a glance; the table has the rest.
MOST = 12


def picture(
    name: str, *, week: date, scope: Scope, to_cases: ToCases | None, own_scale: bool = False
) -> str | None:
    """Return a chart as SVG; None where there is nothing to draw. Raises KeyError if no chart has the name.

    `to_cases` is None for those who may not read the cases: their marks lead nowhere.
    """
    weeks = weeks_until(week, count=counts.WEEKS)
    sketch: Callable[..., Sketch | None]
    if name in RATES:
        sketch = partial(_rates, RATES[name])
    elif name == "topics-by-codes":
        sketch = _topics_by_codes
    else:
        by, small = DECLINES[name]
        sketch = partial(_declines, by, small=small, own_scale=own_scale)
    if not (stamps := kept.week_stamps(weeks, scope=scope)):
        # No counts, or such as were stored past the steps.
        found = sketch(weeks, scope=scope, to_cases=to_cases)
        return picture_of(found) if found else None
    asked = [
        name,
        own_scale,
        week,
        scope,
        _leads(to_cases, scope),
        counts.topic_names(),
        sorted(stamps.items()),
    ]
    return picture_as_asked(asked, lambda: sketch(weeks, scope=scope, to_cases=to_cases))


# The charts of declines over the weeks: by what, and whether each has a small chart of its own.
DECLINES = {
    "by-code": ("code", False),
    "by-code-each": ("code", True),
    "by-topic": ("topic", False),
    "by-topic-each": ("topic", True),
}
# The charts of rates: which of them each shows. Paper has room for both beside each other.
RATES = {"success-rate": ("success",), "decline-rate": ("decline",), "rates": ("success", "decline")}
NAMES = (*DECLINES, *RATES, "topics-by-codes")


def _declines(
    by: str, weeks: list[date], *, scope: Scope, to_cases: ToCases | None, small: bool, own_scale: bool
) -> Sketch | None:
    found = counts.declines_series(by, weeks, scope=scope)
    if not found:
        return None
    series = found[: charts.MOST_SMALL] if small else counts.drawn(found)
    rules = counts.runs_by(("week", "rules_version"), weeks, scope=scope)
    markers = [] if small else _markers(row[:2] for row in rules)

    def link(one: Series, of: date) -> str:
        """Lead to the cases; the rest in one has no filter, and hidden declines have no case."""
        at = weeks.index(of)
        if to_cases is None or not one.value or one.counts[at] == one.hidden[at]:
            return ""
        return to_cases({**_all_of(of, scope), by: one.value})

    shown = [by, small, own_scale, weeks, [(one.name, one.value, one.counts, one.hidden) for one in series]]
    linked = link if to_cases else None
    return Sketch(
        [shown, markers, _leads(to_cases, scope)],
        lambda: (
            charts.small_weeks(series=series, weeks=weeks, link=linked, own_scale=own_scale)
            if small
            else charts.stacked_weeks(series=series, weeks=weeks, link=linked, markers=markers)
        ),
    )


def _topics_by_codes(weeks: list[date], *, scope: Scope, to_cases: ToCases | None) -> Sketch | None:
    week = weeks[-1]
    rows = counts.declined([week], scope=scope)
    if not rows:
        return None
    topics = counts.series_of(rows, "topic", [week], counts.topic_names())[:MOST]
    codes = counts.series_of(rows, "code", [week], {})[:MOST]
    called = {one.value: one.name for one in topics}
    found = {(called.get(row.topic or NONE_NAMED, ""), row.code): row for row in rows}
    links = {}
    for (topic, code), row in found.items():
        if to_cases and row.declines > row.hidden:
            behind = {"topic": row.topic or NONE_NAMED, "code": code}
            links[topic, code] = to_cases({**_all_of(week, scope), **behind})
    numbers = {key: row.declines for key, row in found.items()}
    named = [one.name for one in topics], [one.value for one in codes]
    shown = ["heat", week, named, sorted((*key, n, links.get(key)) for key, n in numbers.items())]
    return Sketch(
        shown,
        lambda: charts.topics_by_codes(counts=numbers, topics=named[0], codes=named[1], links=links),
    )


def _rates(
    names: tuple[str, ...], weeks: list[date], *, scope: Scope, to_cases: ToCases | None
) -> Sketch | None:
    rows = counts.ended(weeks, scope=scope)
    if not rows:
        return None
    found = counts.endings_by((row.week, row.outcome, row.runs) for row in rows)
    ended = [found.get(one, Endings()) for one in weeks]
    every = {
        "success": (_("Success rate"), charts.OK, [one.success for one in ended]),
        "decline": (_("Decline rate"), charts.DECLINED, [one.decline for one in ended]),
    }
    rates = [every[name] for name in names]
    links = {}
    if to_cases:
        for of, one in zip(weeks, ended, strict=True):
            if one.declined:
                links[every["decline"][0], of] = to_cases(declined_in(of, scope))
    markers = _markers((row.week, row.rules) for row in rows)
    numbers = [(title, [(share.part, share.n) for share in shares]) for title, _colour, shares in rates]
    return Sketch(
        ["rates", weeks, numbers, markers, _leads(to_cases, scope)],
        lambda: charts.rates_by_week(weeks=weeks, rates=rates, links=links, markers=markers),
    )


def _markers(seen: Iterable[tuple[date, str]]) -> list[charts.Marker]:
    """Return what makes numbers before and after differ: the weeks in which the rules changed."""
    return [
        (change.week, _("rules %(version)s") % {"version": change.version}) for change in rules_changes(seen)
    ]


def declined_in(week: date, scope: Scope, *, code: str = "") -> dict[str, str]:
    """Return the queue's filter for the runs that a decline rate counts as declined, of one code if it is given."""
    return {**_all_of(week, scope), **OF_FINAL_RUNS, **({"code": code} if code else {})}


def _all_of(week: date, scope: Scope) -> dict[str, str]:
    return {"state": "all", "week": week.isoformat(), **scope.query()}


def _leads(to_cases: ToCases | None, scope: Scope) -> list[str]:
    """Return what the addresses in a picture depend on."""
    return [to_cases({}), str(scope)] if to_cases else []
