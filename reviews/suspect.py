"""Runs whose answer reads like a refusal: a person holds one, or dismisses the mark. The machine never does."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from pipelines.models import DeclineEvent, Run
from refusals import Outcome, ReasonCode
from reviews.access import DECIDE, require
from reviews.count import correct
from reviews.hold import hold
from reviews.models import Case, Mark, Suspicion


class AlreadySettled(Exception):
    """Somebody held the run or dismissed its mark before."""


@transaction.atomic
def hold_suspected(
    *, run_id: int, by: User, now: datetime, code: str = ReasonCode.MODEL_REFUSAL.value
) -> Case:
    """Correct the run to a decline and hold it like any other; return its case."""
    run = _settle(run_id=run_id, mark=Mark.HELD, by=by, now=now)
    DeclineEvent.objects.create(
        run=run,
        hop=run.declines.count(),
        terminal=True,
        code=code,
        surface=run.surface,
        model=run.serving_model or run.requested_model,
        happened_at=run.happened_at,
    )
    correct(run=run, outcome=Outcome.DECLINED.value, code=code)
    run.refresh_from_db()
    hold(runs=[run], now=now)
    return Case.objects.get(folded__run=run)


@transaction.atomic
def dismiss(*, run_id: int, by: User, now: datetime) -> None:
    """Take the mark away: the answer is an answer, the machine's outcome stands."""
    _settle(run_id=run_id, mark=Mark.DISMISSED, by=by, now=now)


def _settle(*, run_id: int, mark: Mark, by: User, now: datetime) -> Run:
    require(by, DECIDE)
    settled = Suspicion.objects.filter(run=run_id, mark=Mark.WAITING).update(mark=mark, by=by, at=now)
    if not settled:
        raise AlreadySettled(f"The mark of run {run_id} was settled before.")
    return Run.objects.select_related("topic").get(pk=run_id)
