"""`/meeting/2026-W47/`: the meeting about a week on one screen; once closed, as it was."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from reviews import meeting as step
from reviews import taken_on
from reviews.access import DECIDE, READ_TEXT, SEE_NUMBERS, PersonRequest, allowed
from reviews.download import as_download
from reviews.models import Action, ActionState
from reviews.move import KEPT
from reviews.reports.agenda import sections
from reviews.reports.section import Section
from reviews.reports.table import Cell, Table
from reviews.reports.weeks import WEEK, current_week, ends, week_name
from reviews.reports.written import written
from reviews.views.weeks import asked_week


@require_GET
@allowed(SEE_NUMBERS)
def meeting_latest(request: PersonRequest) -> HttpResponse:
    """Lead to the meeting about the last week that is over."""
    return redirect("meeting", week_name(current_week(now=timezone.now()) - WEEK))


@require_GET
@never_cache
@allowed(SEE_NUMBERS)
def meeting(request: PersonRequest, name: str) -> HttpResponse:
    """Show the meeting about a week: as things stand, or once it is closed as they stood; `?today` shows today's."""
    week, now = asked_week(name), timezone.now()
    kept = step.kept(week)
    as_it_was = kept is not None and "today" not in request.GET
    taken = taken_on.of_meeting(week)
    shown = kept.sections if kept and as_it_was else sections(week, now=now, taken=taken)
    open_ = kept is None
    context = {
        "week": name,
        "ends": week + WEEK - timedelta(days=1),
        "closable_from": week + WEEK,
        "unfinished": ends(week) > now,
        "kept": kept,
        "as_it_was": as_it_was,
        "open": open_,
        "sections": _lines(request, taken, shown, takes_on=open_ and request.user.has_perm(DECIDE)),
        "earlier": week_name(week - WEEK),
        "later": week_name(week + WEEK) if week < current_week(now=now) else "",
        "actions": _settleable(request, week),
        "reopenable": taken_on.reopenable(by=request.user, now=now),
        "undo_minutes": KEPT // timedelta(minutes=1),
    }
    return render(request, "reviews/meeting.html", context)


def _lines(
    request: PersonRequest, taken: list[Action], shown: list[Section], *, takes_on: bool
) -> list[dict[str, Any]]:
    """Return the sections as the page lays them out: each line with what it leads to and what was taken on for it."""
    by_line: dict[str, list[Action]] = defaultdict(list)
    for action in taken:
        by_line[action.line].append(action)
    reads = request.user.has_perm(READ_TEXT)
    return [
        {
            "table": section.table,
            "takes_on": takes_on and any(section.keys),
            "lines": [
                {
                    "key": key,
                    "cells": cells,
                    "name": " ".join(first_words(section.table, cells)),
                    "address": _address(key, reads=reads),
                    "actions": by_line[key],
                }
                for key, cells in section.lines
            ],
        }
        for section in shown
    ]


def _address(key: str, *, reads: bool) -> str:
    """Return where a line leads: a change at the source, a pattern, an action, and a case for those who read texts."""
    kind, _slash, pk = key.partition("/")
    if kind in ("change", "pattern", "action"):
        return reverse(kind, args=[pk])
    return reverse("case", args=[pk]) if kind == "case" and reads else ""


def _settleable(request: PersonRequest, week: date) -> list[Action]:
    """Return the open actions of this meeting and of those before that this person may settle."""
    waiting = Action.objects.filter(state=ActionState.OPEN, week__lte=week).select_related("owner")
    if not request.user.has_perm(DECIDE):
        waiting = waiting.filter(owner=request.user)
    return list(waiting.order_by("due", "pk")[: taken_on.MOST])


def first_words(table: Table, cells: tuple[Cell, ...]) -> list[str]:
    """Return what a line is called by: its first two values."""
    return [
        written(cell.value, column.unit) for cell, column in zip(cells[:2], table.columns[:2], strict=True)
    ]


@require_http_methods(["GET", "POST"])
@never_cache
@allowed(DECIDE)
def meeting_close(request: PersonRequest, name: str) -> HttpResponse:
    """Ask first; then close the meeting: what it said is kept. Whoever comes second is told who did."""
    week, now = asked_week(name), timezone.now()
    try:
        if request.method == "GET":
            step.closable(week, now=now)
            return render(request, "reviews/meeting_close.html", {"week": name})
        step.close(week=week, by=request.user, now=now)
    except (step.AlreadyClosed, step.NotOver) as why:
        messages.warning(request, str(why))
    else:
        messages.success(request, _("Closed: the numbers are kept as they stand."))
    return redirect("meeting", name)


@require_GET
@allowed(SEE_NUMBERS)
def meeting_record(request: PersonRequest, name: str) -> HttpResponse:
    """Give the record of a closed meeting, the exact JSON that was kept."""
    kept = step.kept(asked_week(name))
    if kept is None:
        raise Http404("the meeting is not closed")
    answer = HttpResponse(kept.record.values, content_type="application/json")
    return as_download(answer, f"meeting-{name}.json")
