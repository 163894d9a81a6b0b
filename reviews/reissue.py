"""Re-issuing: a signed-in person asks for one sending of the original with context added.

The row that is written here is the outbox. `send` takes it from there.
"""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from reviews.access import DECIDE, require
from reviews.compose import Composed, Context, compose, original_request
from reviews.decide import NotComplete, decide
from reviews.models import Case, Kind, Reissue, State
from reviews.move import MoveNotAllowed, locked, move


def preview(*, case: Case, context: Context) -> Composed:
    """Return the exact request that a re-issue with this context would send. Raises CannotCompose."""
    run = case.first_run
    original = original_request(
        request=run.content.request,
        provider=run.provider,
        prompt=run.content.prompt,
        model=settings.REISSUE_MODEL,
    )
    return compose(original=original, context=context)


@transaction.atomic
def reissue(*, case_id: int, version: int, context: Context, by: User, now: datetime) -> Reissue:
    """Decide to re-issue a held case and put the sending into the outbox.

    The caller rings the doorbell (`tasks.send_reissue`) once this is committed; if it never does,
    the sweep does. Raises NotComplete, StaleCase, MoveNotAllowed, CannotCompose.
    """
    require(by, DECIDE)
    for field in ("purpose", "background"):
        if not getattr(context, field).strip():
            raise NotComplete(field, "Needed: it is what the model lacked.")
    case = locked(case_id=case_id, version=version)
    if case.state != State.HELD:
        raise MoveNotAllowed(f"Case {case.pk} is {case.get_state_display()}, not held: nothing to re-issue.")
    composed = preview(case=case, context=context)
    decision = decide(case, kind=Kind.REISSUE, reason=context.purpose, by=by, now=now)
    last = case.reissues.aggregate(last=Max("number"))["last"] or 0
    sending = Reissue.objects.create(
        case=case,
        number=last + 1,
        decision=decision,
        purpose=context.purpose,
        background=context.background,
        handling_limits=context.handling_limits,
        by=by,
        request=composed.request,
        original_digest=composed.original_digest,
        model=composed.model,
        created_at=now,
        send_after=now,
    )
    move(case, State.REISSUING, now=now)
    return sending
