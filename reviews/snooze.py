"""Snoozing: a held case that nobody needs to look at until a date, until it grows, or until the model changes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from pipelines.models import Origin, Pipeline, Run
from reviews.access import DECIDE, require
from reviews.claim import unheld_by_others
from reviews.decide import NotComplete
from reviews.models import Bulk, Case, CaseEvent, EventKind, Snooze, State
from reviews.move import AWAKE, UNCLAIMED, MoveNotAllowed, change, locked, plain

# A pipeline's models are those of its latest runs.
LATEST_RUNS = 1000


@transaction.atomic
def snooze(
    *,
    case_id: int,
    kind: Snooze,
    by: User,
    now: datetime,
    until: datetime | None = None,
    more: int | None = None,
    bulk: Bulk | None = None,
) -> None:
    """Let a held case rest: until a time (`until`), until `more` further declines, or until a new model.

    Raises PermissionDenied, HeldByAnother, MoveNotAllowed, or NotComplete naming `until` or `more`.
    """
    require(by, DECIDE)
    case = locked(case_id=case_id)
    unheld_by_others(case, by=by, now=now)
    if case.state != State.HELD:
        raise MoveNotAllowed(
            _("Case %(case)s is %(state)s, not held: only a held case can be snoozed.")
            % {"case": case.pk, "state": case.get_state_display()}
        )
    to = _waits_for(case, kind, until=until, more=more, now=now)
    # Also what the case waited for already: the history says it in the reader's words.
    besides = {name: [plain(getattr(case, name)), plain(value)] for name, value in to.items()}
    change(case, EventKind.SNOOZED, now=now, by=by, bulk=bulk, besides=besides, **(AWAKE | UNCLAIMED | to))


def _waits_for(
    case: Case, kind: Snooze, *, until: datetime | None, more: int | None, now: datetime
) -> dict[str, Any]:
    """Return the columns of a snooze."""
    to: dict[str, Any] = {"snooze": kind.value}
    if kind == Snooze.DATE:
        if until is None or until <= now:
            raise NotComplete("until", _("Say until when: a time to come."))
        return to | {"snoozed_until": until}
    if kind == Snooze.GROWTH:
        if more is None or more < 1:
            raise NotComplete("more", _("Say after how many further declines: one at least."))
        return to | {"wakes_at_declines": case.declines + more}
    return to | {"snoozed_models": models_of(case.pipeline)}


@transaction.atomic
def wake(*, case_id: int, by: User, now: datetime) -> None:
    """Put a snoozed case back into the queue, by hand."""
    require(by, DECIDE)
    case = locked(case_id=case_id)
    if case.snooze:
        change(case, EventKind.WOKE, now=now, by=by, **AWAKE)


def models_of(pipeline: Pipeline) -> list[str]:
    """Return the models that a pipeline asks of late."""
    own = Run.objects.filter(pipeline=pipeline, origin=Origin.PIPELINE)
    latest = own.order_by("-pk")[:LATEST_RUNS]
    return sorted({model for model in latest.values_list("requested_model", flat=True) if model})


def grown(cases: Iterable[Case], *, now: datetime) -> list[CaseEvent]:
    """Wake, in memory, the locked cases that have grown enough; return the lines of history to store."""
    lines = []
    for case in cases:
        if case.wakes_at_declines is not None and case.declines >= case.wakes_at_declines:
            lines.append(_woken(case, str(case.declines), now=now))
    return lines


def wake_if_grown(case: Case, *, now: datetime) -> None:
    """Wake one locked case, if it has grown enough."""
    for line in grown([case], now=now):
        case.save(update_fields=list(AWAKE))
        line.save()


def woken_by(runs: Iterable[Run]) -> list[int]:
    """Return the cases that waited for another model than one of these runs asked for. Locks nothing."""
    asked = _asked(runs)
    waiting = Case.objects.filter(snooze=Snooze.MODEL, pipeline__in=asked)
    known = waiting.values_list("pk", "pipeline", "snoozed_models")
    return [pk for pk, pipeline, models in known if asked[pipeline] - set(models or [])]


def another_model(cases: Iterable[Case], *, runs: Iterable[Run], now: datetime) -> list[CaseEvent]:
    """Wake, in memory, the locked cases that waited for a model of these runs; return the lines to store."""
    asked, lines = _asked(runs), []
    for case in cases:
        new = asked.get(case.pipeline_id, set()) - set(case.snoozed_models or [])
        if case.snooze == Snooze.MODEL and new:
            lines.append(_woken(case, ", ".join(sorted(new)), now=now))
    return lines


def _asked(runs: Iterable[Run]) -> dict[int, set[str]]:
    """Return the models that the runs asked for, by pipeline."""
    asked: dict[int, set[str]] = {}
    for run in runs:
        if run.requested_model:
            asked.setdefault(run.pipeline_id, set()).add(run.requested_model)
    return asked


def _woken(case: Case, text: str, *, now: datetime) -> CaseEvent:
    """Wake a case in memory. `text` is what woke it: how many declines, or which models; `snooze` says which."""
    line = CaseEvent(case=case, kind=EventKind.WOKE, at=now, text=text, changes={"snooze": [case.snooze, ""]})
    for name, value in AWAKE.items():
        setattr(case, name, value)
    return line
