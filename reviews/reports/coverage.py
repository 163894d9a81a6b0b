"""What a week's report covers and what it cannot see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from pipelines.models import Origin
from refusals import Outcome
from reviews.models import Mark, Suspicion
from reviews.reports import counts
from reviews.reports.changed import RANGE
from reviews.reports.gathered import Gathered
from reviews.reports.rates import Share
from reviews.reports.scope import Scope
from reviews.reports.table import Cell, Column, Table, Unit
from reviews.reports.weeks import WEEK, week_name


def silent_table(gathered: Gathered) -> Table:
    """Return the pipelines that reported nothing in the week, those that did shortly before first.

    A pipeline whose first run came later is not silent: it had not begun.
    """
    rows: list[tuple[Cell, ...]] = [
        (Cell(pipeline), Cell(last), Cell(runs)) for pipeline, last, runs in _silent(gathered)
    ]
    return Table(
        name="silent",
        title=_("Pipelines that reported nothing this week"),
        columns=(
            Column("pipeline", _("Pipeline"), Unit.TEXT),
            Column("last", _("Last week with runs"), Unit.TEXT),
            Column("runs", _("Runs in the %(n)d weeks before") % {"n": RANGE}),
        ),
        rows=rows,
        empty=_("Every pipeline reported runs."),
        note=_("Nothing reported is not the same as nothing declined: no number here counts their work."),
    )


def _silent(gathered: Gathered) -> list[tuple[str, str, int]]:
    """Return each silent pipeline, when it last reported in words, and its runs in the weeks of the range."""
    rows = gathered.ended
    if gathered.scope.topic:
        # That a pipeline had nothing on one topic does not make it silent.
        rows = counts.ended(gathered.weeks, scope=Scope(pipeline=gathered.scope.pipeline))
    since = gathered.week - RANGE * WEEK
    last: dict[str, date] = {}
    before: dict[str, int] = {}
    for row in rows:
        last[row.pipeline] = max(last.get(row.pipeline, row.week), row.week)
        if row.week >= since:
            before[row.pipeline] = before.get(row.pipeline, 0) + row.runs
    found = [
        (slug, week_name(week), before.get(slug, 0)) for slug, week in last.items() if week < gathered.week
    ]
    found.sort(key=lambda one: (-one[2], one[0]))
    return found + [(slug, words, 0) for slug, words in _unseen(set(last), gathered)]


def _unseen(seen: set[str], gathered: Gathered) -> list[tuple[str, str]]:
    """Return the pipelines without a final run in these weeks, and when they began: before these, or never."""
    began = {one.pipeline: one.first for one in counts.reaches(scope=gathered.scope).values()}
    return sorted(
        (slug, _before(first, gathered))
        for slug, first in began.items()
        if slug not in seen and (first is None or first < gathered.week)
    )


def _before(first: date | None, gathered: Gathered) -> str:
    if first is None:
        return _("never")
    # One that began in these weeks has reported nothing but attempts that were declined.
    return _("before %(week)s") % {"week": week_name(max(gathered.weeks[0], first + WEEK))}


def coverage_table(gathered: Gathered) -> Table:
    """Return how much of the week can be told apart, and what the rest hides."""
    runs = sum(row.runs for row in gathered.asked)
    judged = [row for row in gathered.asked if row.outcome != Outcome.INFRA_ERROR.value]
    answers = sum(row.runs for row in gathered.asked if row.outcome == Outcome.OK.value)
    with_topic = Share(sum(row.with_topic for row in gathered.asked), runs)
    requested = Share(sum(row.runs for row in gathered.asked if row.requested), runs)
    served = Share(sum(row.runs for row in judged if row.served), sum(row.runs for row in judged))
    suspected = Share(_suspected(gathered), answers)
    rows: list[tuple[Cell, ...]] = [
        (Cell(_("runs with a topic")), Cell(with_topic),
         Cell(_("What has none stands under “no topic” and in no topic's number."))),
        (Cell(_("runs that name the requested model")), Cell(requested),
         Cell(_("The rest stands under “no model named”."))),
        (Cell(_("answered or declined runs that name the serving model")), Cell(served),
         Cell(_("Where it is not named, a fallback can have answered unseen."))),
        (Cell(_("ok answers that read like a refusal and wait for a person")), Cell(suspected),
         Cell(_("They count as ok until a person says otherwise: declines may be undercounted."))),
    ]  # fmt: skip
    return Table(
        name="coverage",
        title=_("What these numbers cover"),
        columns=(
            Column("what", _("What"), Unit.TEXT),
            Column("share", _("Share"), Unit.SHARE),
            Column("why", _("What this means"), Unit.TEXT),
        ),
        rows=rows,
        note=_(
            "What no pipeline reports is not here, nor is what a pipeline files as an attempt that was not final. "
            "A late report and a person's correction still change a past week."
        ),
    )


def _suspected(gathered: Gathered) -> int:
    """Count the week's ok answers that wait for a person's eye: degraded ones are marked too, and count as degraded."""
    ok = Outcome.OK.value
    answers = Q(run__corrected_outcome=ok) | Q(run__corrected_outcome="", run__outcome=ok)
    waiting = Suspicion.objects.filter(
        answers, mark=Mark.WAITING, run__week=gathered.week, run__final=True, run__origin=Origin.PIPELINE
    )
    return waiting.filter(gathered.scope.cases("run__")).count()


@dataclass(frozen=True, slots=True)
class RulesChange:
    """The first of the shown weeks in which runs were judged by a version of the rules."""

    week: date
    version: str


def rules_changes(seen: Iterable[tuple[date, str]]) -> list[RulesChange]:
    """Return where the rules changed, by which weeks saw which version: numbers before and after may differ."""
    first: dict[str, date] = {}
    for week, version in seen:
        first[version] = min(first.get(version, week), week)
    if not first:
        return []
    begun = min(first.values())
    return sorted(
        (RulesChange(week, version) for version, week in first.items() if week > begun),
        key=lambda change: (change.week, change.version),
    )


def rules_table(gathered: Gathered) -> Table:
    """Return the versions of the rules that judged the shown weeks' runs, the latest first."""
    weeks: dict[str, list[date]] = {}
    runs: dict[str, int] = {}
    for row in gathered.ended:
        weeks.setdefault(row.rules, []).append(row.week)
        runs[row.rules] = runs.get(row.rules, 0) + row.runs * (row.week == gathered.week)
    in_order = sorted(
        weeks, key=lambda version: (max(weeks[version]), min(weeks[version]), version), reverse=True
    )
    rows: list[tuple[Cell, ...]] = [
        (
            Cell(version or _("not said")),
            Cell(week_name(min(weeks[version]))),
            Cell(week_name(max(weeks[version]))),
            Cell(runs[version]),
        )
        for version in in_order
    ]
    return Table(
        name="rules",
        title=_("Versions of the rules that judged these runs"),
        columns=(
            Column("version", _("Version"), Unit.TEXT),
            Column("first", _("First week shown"), Unit.TEXT),
            Column("last", _("Last week shown"), Unit.TEXT),
            Column("runs", _("Runs this week")),
        ),
        rows=rows,
        note=_("Where the version changed, numbers before and after may differ for that reason alone."),
    )
