"""The tables that break a week down: how its runs ended, and what was declined, by what."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.utils.translation import gettext as _

from pipelines.models import Surface
from reviews.behind import FINAL_RUNS
from reviews.reports import counts
from reviews.reports.gathered import Gathered, summed
from reviews.reports.rates import Endings, Share
from reviews.reports.scope import NONE_NAMED
from reviews.reports.table import Cell, Column, Table, Unit
from reviews.reports.weeks import week_name

# The queue's filter for the final runs of the pipelines' own, which the rates count.
OF_FINAL_RUNS = {"counted": FINAL_RUNS}


def _ending_columns() -> tuple[Column, ...]:
    return (
        Column("runs", _("Runs")),
        Column("ok", _("ok")),
        Column("declined", _("declined")),
        Column("degraded", _("degraded")),
        Column("infra_error", _("infrastructure")),
        Column("success", _("Success rate"), Unit.SHARE),
        Column("decline", _("Decline rate"), Unit.SHARE),
    )


def _ending_cells(
    gathered: Gathered, ended: Endings, behind: Mapping[str, str], *, week: date | None = None
) -> tuple[Cell, ...]:
    """Return the cells of how some runs of a week ended; the declined ones lead to their cases."""
    return (
        Cell(ended.runs),
        Cell(ended.ok),
        gathered.cell(ended.declined, {**OF_FINAL_RUNS, **behind}, week=week),
        Cell(ended.degraded),
        Cell(ended.infra_error),
        Cell(ended.success),
        Cell(ended.decline),
    )


def endings_table(gathered: Gathered) -> Table:
    """Return how the runs of each week ended, the latest week first."""
    found = gathered.endings
    return Table(
        name="endings",
        title=_("How runs ended, week by week"),
        columns=(Column("week", _("Week"), Unit.TEXT), *_ending_columns()),
        rows=[
            (
                Cell(week_name(week)),
                *_ending_cells(gathered, found.get(week, Endings()), {}, week=week),
            )
            for week in reversed(gathered.weeks)
        ],
        note=_(
            "Final attempts, without re-issues. Success rate: ok of ok, degraded and infrastructure errors. "
            "Decline rate: declined of ok, degraded and declined. What is held counts as neither success "
            "nor failure."
        ),
    )


def declines_table(gathered: Gathered, by: str) -> Table:
    """Return the declines of each week by "code" or "topic", the most frequent first."""
    titles = {
        "code": _("Declines by reason code, week by week"),
        "topic": _("Declines by topic, week by week"),
    }
    names = {"code": _("Reason code"), "topic": _("Topic")}
    series = gathered.series(by)
    all_of_it = _together(series)
    return Table(
        name=f"declines-by-{by}",
        title=titles[by],
        columns=(
            Column(by, names[by], Unit.TEXT),
            *(Column(week_name(week), week_name(week).partition("-")[2]) for week in gathered.weeks),
            Column("total", _("Total")),
        ),
        rows=[(Cell(one.name), *_weekly(one, by, gathered), Cell(one.total)) for one in series],
        total=(Cell(all_of_it.name), *_weekly(all_of_it, by, gathered), Cell(all_of_it.total))
        if series
        else None,
        empty=_("Nothing was declined in these weeks."),
        note=_(
            "Decline events: those of every attempt and of re-issues, and those that a fallback hid. "
            "A hidden one has no case, so a number can be larger than the list behind it."
        ),
    )


def _weekly(series: counts.Series, by: str, gathered: Gathered) -> Iterable[Cell]:
    for week, n, hidden in zip(gathered.weeks, series.counts, series.hidden, strict=True):
        yield gathered.cell(n, _behind(series, by), week=week, cases=n - hidden)


def _together(series: list[counts.Series]) -> counts.Series:
    """Return all of them as one, which has no value of its own."""
    declines, hidden = (
        [sum(column) for column in zip(*columns, strict=True)]
        for columns in ([one.counts for one in series], [one.hidden for one in series])
    )
    return counts.Series(_("all"), "", declines, hidden)


def _behind(series: counts.Series, by: str) -> dict[str, str]:
    return {by: series.value} if series.value else {}


def topic_code_table(gathered: Gathered) -> Table:
    """Return the declines of the week by topic and code, the most frequent of both first."""
    of_week = [row for row in gathered.declined if row.week == gathered.week]
    codes = counts.series_of(of_week, "code", [gathered.week], {})
    topics = counts.series_of(of_week, "topic", [gathered.week], gathered.topics)
    found = {(row.topic or NONE_NAMED, row.code): (row.declines, row.hidden) for row in of_week}
    rows: list[tuple[Cell, ...]] = []
    for topic in topics:
        cells = []
        for code in codes:
            n, hidden = found.get((topic.value, code.value), (0, 0))
            behind = {"topic": topic.value, "code": code.value}
            cells.append(gathered.cell(n, behind, cases=n - hidden))
        rows.append((Cell(topic.name), *cells, _total(topic, "topic", gathered)))
    return Table(
        name="topics-by-codes",
        title=_("Declines of the week by topic and reason code"),
        columns=(
            Column("topic", _("Topic"), Unit.TEXT),
            *(Column(code.value, code.value) for code in codes),
            Column("total", _("Total")),
        ),
        rows=rows,
        total=(
            (
                Cell(_("all")),
                *(_total(code, "code", gathered) for code in codes),
                _total(_together(codes), "code", gathered),
            )
            if rows
            else None
        ),
        empty=_("Nothing was declined."),
        note=_("Decline events, hidden ones and those of re-issues included."),
    )


def _total(series: counts.Series, by: str, gathered: Gathered) -> Cell:
    shown = series.total - sum(series.hidden)
    return gathered.cell(series.total, _behind(series, by), cases=shown)


def pipelines_table(gathered: Gathered) -> Table:
    """Return how the week's runs of each pipeline ended, the most declined first."""
    rows = ((row.pipeline, row.outcome, row.runs) for row in gathered.ended if row.week == gathered.week)
    return _endings_of(
        gathered,
        counts.endings_by(rows),
        name="pipelines",
        title=_("By pipeline"),
        column=Column("pipeline", _("Pipeline"), Unit.TEXT),
        by="pipeline",
    )


def requested_models_table(gathered: Gathered) -> Table:
    """Return how the week's runs ended by the model that was asked."""
    return _endings_of(
        gathered,
        counts.endings_by((row.requested, row.outcome, row.runs) for row in gathered.asked),
        name="requested-models",
        title=_("By requested model"),
        column=Column("model", _("Requested model"), Unit.TEXT),
        by="requested",
        note=_("The model that the pipeline asked for."),
    )


def serving_models_table(gathered: Gathered) -> Table:
    """Return how the week's runs ended by the model that served them."""
    return _endings_of(
        gathered,
        counts.endings_by((row.served, row.outcome, row.runs) for row in gathered.asked),
        name="serving-models",
        title=_("By serving model"),
        column=Column("model", _("Serving model"), Unit.TEXT),
        by="served",
        note=_(
            "The model that answered or declined, which a fallback can make another than the requested one."
        ),
    )


def _endings_of(
    gathered: Gathered,
    found: dict[str, Endings],
    *,
    name: str,
    title: str,
    column: Column,
    by: str,
    note: str = "",
) -> Table:
    """Return a table of endings with a row for each value of `by`, and one for all of them."""
    in_order = sorted(found.items(), key=lambda one: (-one[1].declined, -one[1].runs, one[0]))
    rows = [
        (Cell(value or counts.none_of("model")), *_ending_cells(gathered, ended, {by: value or NONE_NAMED}))
        for value, ended in in_order
    ]
    total = (Cell(_("all")), *_ending_cells(gathered, summed(found.values()), {})) if len(rows) > 1 else None
    return Table(
        name=name,
        title=title,
        columns=(column, *_ending_columns()),
        rows=rows,
        total=total,
        note=note,
        empty=_("No run was reported."),
    )


def surfaces_table(gathered: Gathered) -> Table:
    """Return the week's declines by the surface that refused, and how many of them a fallback hid."""
    names = dict(Surface.choices)
    found = dict.fromkeys(Surface.values, (0, 0))
    for row in gathered.refused:
        n, hidden = found[row.surface]
        found[row.surface] = (n + row.declines, hidden + row.hidden)
    all_of_them = sum(n for n, _hidden in found.values())
    rows: list[tuple[Cell, ...]] = []
    for surface, (n, hidden) in sorted(found.items(), key=lambda one: (-one[1][0], one[0])):
        if n:
            cell = gathered.cell(n, {"surface": surface}, cases=n - hidden)
            rows.append((Cell(str(names[surface])), cell, Cell(Share(n, all_of_them)), Cell(hidden)))
    return Table(
        name="surfaces",
        title=_("By surface"),
        columns=(
            Column("surface", _("Surface"), Unit.TEXT),
            Column("declines", _("Declines")),
            Column("share", _("Share"), Unit.SHARE),
            Column("hidden", _("hidden by a fallback")),
        ),
        rows=rows,
        empty=_("Nothing was declined."),
        note=_("Which place in a pipeline refused: the model, or a guard of the pipeline's own."),
    )


def hidden_table(gathered: Gathered) -> Table:
    """Return the week's declines that a provider's fallback hid, by code and declining model."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for row in gathered.refused:
        n, hidden = found.get((row.code, row.model), (0, 0))
        found[row.code, row.model] = (n + row.declines, hidden + row.hidden)
    rows: list[tuple[Cell, ...]] = [
        (Cell(code), Cell(model or counts.none_of("model")), Cell(hidden), Cell(Share(hidden, n)))
        for (code, model), (n, hidden) in sorted(found.items(), key=lambda one: (-one[1][1], one[0]))
        if hidden
    ]
    return Table(
        name="hidden",
        title=_("Declines hidden by a fallback"),
        columns=(
            Column("code", _("Reason code"), Unit.TEXT),
            Column("model", _("Declining model"), Unit.TEXT),
            Column("hidden", _("Hidden")),
            Column("share", _("Share of its declines"), Unit.SHARE),
        ),
        rows=rows,
        note=_(
            "One model declined, another answered: the run counts as ok, the decline is counted here. "
            "Such a run has no case."
        ),
        empty=_("No decline was hidden by a fallback."),
    )
