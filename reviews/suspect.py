"""Runs whose answer reads like a refusal: a person holds one, or dismisses the mark. The machine never does."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from pipelines.models import DeclineEvent
from refusals import Outcome, ReasonCode
from reviews.access import DECIDE, require
from reviews.count import moving
from reviews.decide import code_for
from reviews.hold import hold
from reviews.models import Case, Mark, Suspicion


class AlreadySettled(Exception):
    """Somebody held the run or dismissed its mark before."""


@transaction.atomic
def hold_suspected(
    *, run_id: int, by: User, now: datetime, code: str = ReasonCode.MODEL_REFUSAL.value
) -> Case:
    """Correct the run to a decline and hold it like any other; return its case."""
    _settle(run_id=run_id, mark=Mark.HELD, by=by, now=now)
    code = code_for(Outcome.DECLINED, code)
    with moving(run_ids=[run_id]) as (run,):
        DeclineEvent.objects.create(
            run=run,
            hop=run.declines.count(),
            terminal=True,
            code=code,
            surface=run.surface,
            model=run.serving_model or run.requested_model,
            happened_at=run.happened_at,
        )
        run.corrected_outcome, run.corrected_code = Outcome.DECLINED.value, code
        run.save(update_fields=["corrected_outcome", "corrected_code"])
        hold(runs=[run], now=now, by=by)
    return Case.objects.get(folded__run=run_id)


@transaction.atomic
def dismiss(*, run_id: int, by: User, now: datetime) -> None:
    """Take the mark away: the answer is an answer, the machine's outcome stands."""
    _settle(run_id=run_id, mark=Mark.DISMISSED, by=by, now=now)


def _settle(*, run_id: int, mark: Mark, by: User, now: datetime) -> None:
    require(by, DECIDE)
    settled = Suspicion.objects.filter(run=run_id, mark=Mark.WAITING).update(mark=mark, by=by, at=now)
    if not settled:
        raise AlreadySettled(_("The mark of run %(run)s was settled before.") % {"run": run_id})
