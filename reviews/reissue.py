"""Re-issuing: a signed-in person asks for one sending of the original with context added.

The row that is written here is the outbox. `send` takes it from there.
"""

import json
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from pipelines.models import RunContent
from pipelines.storable import storable
from reviews import search
from reviews.compose import CannotCompose, Composed, Context, compose, original_request
from reviews.decide import NotComplete, decide, held_case
from reviews.models import Case, Kind, Reissue, State
from reviews.move import leaves_after, moving


def preview(*, case: Case, context: Context) -> Composed:
    """Return the exact request that a re-issue with this context would send. Raises CannotCompose."""
    run = case.first_run
    content = RunContent.objects.filter(run=run).first()
    if content is None:
        raise CannotCompose(_("The original's texts are no longer kept: there is nothing to send again."))
    if content.unstorable and {"prompt", "request"} & json.loads(bytes(content.unstorable)).keys():
        raise CannotCompose(_("The original holds what no text can hold: it cannot be sent again as it was."))
    original = original_request(
        request=content.request,
        provider=run.provider,
        prompt=content.prompt,
        model=settings.REISSUE_MODEL,
    )
    return compose(original=original, context=context)


@transaction.atomic
def reissue(*, case_id: int, version: int, context: Context, by: User, now: datetime) -> Reissue:
    """Decide to re-issue a held case and put the sending into the outbox.

    It leaves no sooner than `UNDO_SECONDS` from now; until then it can be undone. The caller rings the
    doorbell (`tasks.send_reissue`) once this is committed; if it never does, the sweep does. Raises
    NotComplete, CannotCompose and what `held_case` raises.
    """
    case = held_case(case_id=case_id, version=version, by=by, now=now)
    for field in ("purpose", "background"):
        if not getattr(context, field).strip():
            raise NotComplete(field, _("Needed: it is what the model lacked."))
    composed = preview(case=case, context=context)
    to = moving(case, State.REISSUING, now=now)
    decision = decide(case, kind=Kind.REISSUE, reason=context.purpose, by=by, now=now, **to)
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
        # The name as lists show it; what leaves is in the request.
        model=storable(composed.model)[:120],
        created_at=now,
        send_after=now + leaves_after(),
    )
    search.index(case_ids=[case.pk])
    return sending
