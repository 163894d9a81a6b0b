"""The agenda of a week's meeting: its sections, each a table whose lines have keys that last.

A key (`mover/museum-guide/CYBER`, `case/12`) is what somebody takes a line on by. No line holds a text of a
prompt or an answer; titles of changes and notes of actions are words of people about pipelines.
"""

from collections import Counter
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from reviews import standing_changes
from reviews.models import Action, Case, ChangeState, Ending, StandingChange
from reviews.people import name_of
from reviews.queue import WAITING, snoozed
from reviews.reports import over_refusal
from reviews.reports.at_source import changes_table, overdue, rate_cells, rate_columns, rates_note
from reviews.reports.coverage import coverage_table, silent_table
from reviews.reports.gathered import Gathered
from reviews.reports.kept import Stamps
from reviews.reports.moved import JUDGED_AFTER
from reviews.reports.movers import movers
from reviews.reports.moving_patterns import patterns_section
from reviews.reports.scope import EVERYTHING
from reviews.reports.section import MOST, Section, cut
from reviews.reports.table import Cell, Column, Table, Unit
from reviews.reports.weeks import DAY, WEEK, begins, ends, week_name
from reviews.taken_on import of_meeting, tried

OLDEST = 8
# A code is disputed where so many cases or more ended in one of three ways, and less than this share in the
# most frequent of them.
DISPUTED_N = 5
AGREED = 0.75
DISPUTED_WEEKS = 12
DISPUTED_MOST = 8


def sections(week: date, *, now: datetime, taken: list[Action] | None = None) -> list[Section]:
    """Return the agenda of the meeting about a week, as things stand now.

    `taken` is what was taken on at it, if that was read before.
    """
    gathered = Gathered(week, EVERYTHING, now)
    silent, covered = silent_table(gathered), coverage_table(gathered)
    return [
        movers_section(week, stamps=gathered.stamps),
        patterns_section(week, now=now),
        oldest_section(now=now),
        disputed_section(week, now=now),
        tried_section(week, now=now),
        changes_section(week, now=now),
        Section(silent, [f"silent/{row[0].value}" for row in silent.rows]),
        Section(covered, [f"coverage/{number}" for number, _row in enumerate(covered.rows, start=1)]),
        actions_section(of_meeting(week) if taken is None else taken),
    ]


def movers_section(week: date, *, stamps: Stamps | None = None) -> Section:
    """Return what moved most against the eight weeks before."""
    found = movers(week, stamps=stamps)
    table = Table(
        name="movers",
        title=_("Top movers"),
        columns=(
            Column("pipeline", _("Pipeline"), Unit.TEXT),
            Column("code", _("Reason code"), Unit.TEXT),
            Column("declines", _("Declines")),
            Column("usual", _("Usual"), Unit.NUMBER),
            Column("lowest", _("Lowest")),
            Column("highest", _("Highest")),
            Column("change", _("Change"), Unit.CHANGE),
            Column("against", _("Against"), Unit.TEXT),
        ),
        rows=[
            (
                Cell(one.pipeline),
                Cell(one.code),
                Cell(one.declines, one.cases),
                Cell(one.usual),
                Cell(min(one.before, default=None)),
                Cell(max(one.before, default=None)),
                Cell(one.change),
                Cell(_weeks_before(len(one.before))),
            )
            for one in found
        ],
        note=_(
            "Decline events of the week, hidden ones included, against the mean, lowest and highest of the eight "
            "weeks before, or of those since the pipeline began: the largest changes, up or down. Where numbers "
            "are small, much of it is chance."
        ),
    )
    return Section(table, [f"mover/{one.pipeline}/{one.code}" for one in found])


def _weeks_before(n: int) -> str:
    return ngettext("%(n)d week before", "%(n)d weeks before", n) % {"n": n} if n else _("new pipeline")


def oldest_section(*, now: datetime) -> Section:
    """Return the cases that have waited longest for a person."""
    waiting = Case.objects.filter(state__in=WAITING).exclude(snoozed(now))
    cases = list(waiting.select_related("pipeline", "topic").order_by("held_since", "pk")[:OLDEST])
    table = Table(
        name="oldest",
        title=_("Oldest held"),
        columns=(
            Column("case", _("Case"), Unit.TEXT),
            Column("pipeline", _("Pipeline"), Unit.TEXT),
            Column("code", _("Reason code"), Unit.TEXT),
            Column("topic", _("Topic"), Unit.TEXT),
            Column("state", _("State"), Unit.TEXT),
            Column("since", _("Waits since"), Unit.DATE),
            Column("waited", _("For"), Unit.DURATION),
            Column("declines", _("Declines")),
        ),
        rows=[
            (
                Cell(f"#{case.pk}"),
                Cell(case.pipeline.slug),
                Cell(case.code),
                Cell(case.topic.name if case.topic else None),
                Cell(str(case.get_state_display())),
                Cell(case.held_since),
                Cell(max(now - case.held_since, timedelta())),
                Cell(case.declines),
            )
            for case in cases
        ],
        note=_(
            "Cases that wait for a person now, whatever the week; those that somebody lets rest are left out."
        ),
    )
    return Section(table, [f"case/{case.pk}" for case in cases])


def disputed_section(week: date, *, now: datetime) -> Section:
    """Return the codes over which first reviews were divided."""
    first = week - (DISPUTED_WEEKS - 1) * WEEK
    found = over_refusal.reviews_of_codes(begins(first), min(ends(week), now))
    whole = {"state": "all", **over_refusal.settled_in(first, week + WEEK - DAY)}
    split = sorted(
        ((apart, code) for code, reviews in found.items() if (apart := _apart(reviews.endings))),
        key=lambda one: (-one[0], one[1]),
    )[:DISPUTED_MOST]
    table = Table(
        name="disputed",
        title=_("Disputed codes"),
        columns=(Column("code", _("Reason code"), Unit.TEXT), *over_refusal.columns()),
        rows=[
            (Cell(code), *over_refusal.cells(found[code], {**whole, "code": code}))
            for _apart_n, code in split
        ],
        note=_(
            "Codes with %(n)d first reviews or more, in the %(weeks)d weeks until this one is over, that ended "
            "upheld, answered or as no decline, of which fewer than %(agreed)d %% ended in the same of these "
            "ways. Not a judgement of anybody: where reviews differ, the code or its guidance may be unclear."
        )
        % {"n": DISPUTED_N, "weeks": DISPUTED_WEEKS, "agreed": round(AGREED * 100)},
    )
    return Section(table, [f"code/{code}" for _apart_n, code in split])


def _apart(endings: Counter[str]) -> int:
    """Return how many reviews of a code ended otherwise than most; 0 where it is not disputed."""
    answered = sum(endings[one] for one in (Ending.ANSWERED, Ending.EDITED, Ending.OTHER_MODEL))
    ways = (answered, endings[Ending.UPHELD], endings[Ending.RECLASSIFIED])
    apart = sum(ways) - max(ways)
    return apart if sum(ways) >= DISPUTED_N and max(ways) < AGREED * sum(ways) else 0


def tried_section(week: date, *, now: datetime) -> Section:
    """Return what was taken on at meetings before, with what came of it."""
    found = tried(week, now=now)
    table = Table(
        name="tried",
        title=_("Earlier actions, and whether they worked"),
        columns=(*_action_columns(), *_state_columns(), *rate_columns()),
        rows=[
            (*_action_cells(action), *_state_cells(action, now=now), *rate_cells(moved))
            for action, moved in found
        ],
        note=_(
            "Taken on at the last meeting, still open, settled since, or, where a rate can tell, done in the "
            "%(weeks)d weeks before. "
        )
        % {"weeks": JUDGED_AFTER // WEEK}
        + rates_note(),
    )
    return Section(table, [f"action/{action.pk}" for action, _moved in found])


def changes_section(week: date, *, now: datetime) -> Section:
    """Return the changes at the source that are planned, and those done lately, with whether the rate moved."""
    lately = standing_changes.done_in(week - JUDGED_AFTER, week)
    planned = StandingChange.objects.filter(state=ChangeState.PLANNED).select_related("pipeline", "owner")
    found = [*planned.order_by("due", "pk"), *lately]
    shown = found[:MOST]
    note = cut(_("Planned, what is due first before the rest, or in effect since few weeks."), of=len(found))
    return Section(
        changes_table(shown, note=f"{note} ", now=now), [f"change/{change.pk}" for change in shown]
    )


def actions_section(actions: list[Action]) -> Section:
    """Return what was taken on at this meeting."""
    table = Table(
        name="actions",
        title=_("Taken on at this meeting"),
        columns=(*_action_columns(), Column("state", _("State"), Unit.TEXT)),
        rows=[(*_action_cells(action), Cell(str(action.get_state_display()))) for action in actions],
        note=_("Who does what until when."),
    )
    return Section(table, ["" for _action in actions])


def _action_columns() -> tuple[Column, ...]:
    return (
        Column("note", _("Action"), Unit.TEXT),
        Column("line", _("About"), Unit.TEXT),
        Column("owner", _("Owner"), Unit.TEXT),
        Column("due", _("Due"), Unit.DATE),
    )


def _action_cells(action: Action) -> tuple[Cell, ...]:
    return (Cell(action.note), Cell(action.label), Cell(name_of(action.owner)), Cell(action.due))


def _state_columns() -> tuple[Column, ...]:
    return (
        Column("meeting", _("Meeting"), Unit.TEXT),
        Column("state", _("State"), Unit.TEXT),
        Column("settled", pgettext("of an action", "Settled"), Unit.DATE),
    )


def _state_cells(action: Action, *, now: datetime) -> tuple[Cell, ...]:
    settled = timezone.localdate(action.settled_at) if action.settled_at else None
    state = overdue(str(action.get_state_display()), action.due, open_=settled is None, now=now)
    return (Cell(week_name(action.week)), Cell(state), Cell(settled))
