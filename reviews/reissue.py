"""Re-issuing: a signed-in person asks for one sending of the original with context added, or edited by hand.

The row that is written here is the outbox; `send` takes it from there. Where the code is sensitive it is a
proposal until a second person approves it (`approve`). Nothing else makes such a row (docs/side-doors.md).
"""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from pipelines.models import Run, RunContent
from pipelines.storable import storable
from refusals.asked import betas_of
from refusals.signals import holds_redacted
from reviews import brakes, passes, reuse, search
from reviews.access import DECIDE, require
from reviews.compose import (
    Asked,
    CannotCompose,
    Composed,
    Context,
    EditByHand,
    compose,
    editable_text,
)
from reviews.decide import NotComplete, decide, held_case
from reviews.models import Case, Decision, Kind, Reissue, Sending, State, Way
from reviews.move import AWAKE, UNCLAIMED, leaves_after, moving
from reviews.original import Original
from reviews.original import original_request as request_of

# What a person puts their tick to; kept with the re-issue in the words that they saw.
ATTESTATION = gettext_lazy("What I add is true.")


def original_request(case: Case) -> Original:
    """Return the request that a re-issue is made from. Raises CannotCompose."""
    run = case.first_run
    content = RunContent.objects.filter(run=run).first()
    if content is None:
        raise CannotCompose(_nothing_to_send(run))
    if content.unstorable and {"prompt", "request"} & json.loads(bytes(content.unstorable)).keys():
        raise CannotCompose(_("The original holds what no text can hold: it cannot be sent again as it was."))
    if holds_redacted(content.request or content.prompt):
        raise CannotCompose(
            _("The original was stored with parts of it redacted: it cannot be sent again as it was.")
        )
    return request_of(
        request=content.request,
        provider=run.provider,
        prompt=content.prompt,
        model=settings.REISSUE_MODEL,
        betas=betas_of(content.betas),
    )


def _nothing_to_send(run: Run) -> str:
    if run.deletion:
        return _("%(deleted)s There is nothing to send again.") % {"deleted": run.deletion}
    return _("The original's texts are no longer kept: there is nothing to send again.")


def preview(*, case: Case, asked: Asked, model: str = "") -> Composed:
    """Return the exact request that such a re-issue would send. Raises NotComplete and CannotCompose.

    `model` is one of those that the pipeline's leads allow, or empty for the original's own.
    """
    _whole(asked)
    original = original_request(case)
    if isinstance(asked, EditByHand) and asked.text == editable_text(original.text):
        raise NotComplete("text", _("Nothing is edited: add context instead, or change the text."))
    composed = compose(original=original.text, asked=asked)
    if model and model not in (composed.model, *case.pipeline.allowed_models):
        said = _("%(model)s is not among the models that this pipeline allows for re-issues.")
        raise NotComplete("model", said % {"model": model})
    composed = compose(original=original.text, asked=asked, model=model)
    betas = tuple(dict.fromkeys(original.betas + composed.betas))
    return replace(composed, betas=betas, source=original.source)


def _whole(asked: Asked) -> None:
    needed = ("purpose", "background") if isinstance(asked, Context) else ("purpose", "text")
    for field in needed:
        if not getattr(asked, field).strip():
            raise NotComplete(field, _("Needed: it is what the model lacked."))


@transaction.atomic
def reissue(
    *,
    case_id: int,
    version: int,
    asked: Asked,
    by: User,
    now: datetime,
    given: passes.Pass,
    attested: bool,
    model: str = "",
    reuse_seen: bool = False,
) -> Reissue:
    """Decide to re-issue a held case and put the sending into the outbox, or propose it where the code is sensitive.

    It leaves no sooner than `UNDO_SECONDS` from now; until then it can be undone. The caller rings the
    doorbell (`tasks.send_reissue`) once this is committed; if it never does, the sweep does. Raises
    BadPass, Braked, NotComplete, CannotCompose and what `held_case` raises.
    """
    require(by, DECIDE)
    spent = passes.spend(given=given, act="reissue", case_id=case_id, version=version, by=by, now=now)
    _unused(spent)
    case = held_case(case_id=case_id, version=version, by=by, now=now)
    stands = brakes.check(case, now=now)
    if not attested:
        raise NotComplete("attested", _("Tick it if it is so; without it nothing is sent."))
    composed = preview(case=case, asked=asked, model=model)
    words = _own_words(case, asked, reuse_seen=reuse_seen)
    to = _proposing(case) if stands.needs_second else moving(case, State.REISSUING, now=now)
    decision = decide(case, kind=Kind.REISSUE, reason=asked.purpose, by=by, now=now, **to)
    sending = _row(case, decision, asked, composed, now=now)
    sending.own_words, sending.own_words_digest = words, reuse.digest_of(words)
    sending.attestation, sending.attested_in = str(ATTESTATION), get_language() or "en"
    sending.attested_at = now
    sending.needs_second = stands.needs_second
    sending.state = Sending.PROPOSED if stands.needs_second else Sending.PENDING
    sending.nonce, sending.spent = spent.nonce, spent
    sending.save()
    search.index(case_ids=[case.pk])
    return sending


def _unused(spent: passes.Spent) -> None:
    """Raise BadPass for a form that was sent before: it made its re-issue then."""
    if before := Reissue.objects.filter(nonce=spent.nonce).first():
        said = _("This form was sent before and made re-issue %(number)s. It is not sent twice.")
        raise passes.BadPass(said % {"number": before.number})


def _own_words(case: Case, asked: Asked, *, reuse_seen: bool) -> str:
    before = "" if isinstance(asked, Context) else editable_text(original_request(case).text)
    words = reuse.own_words(asked, before=before)
    if not reuse_seen and (others := reuse.used_before(case, words=words)):
        said = _("The same words were added to %(cases)s. Look there, and tick that they hold here as well.")
        cases = ", ".join(_("case %(case)s") % {"case": one.pk} for one in others)
        raise NotComplete("reuse_seen", said % {"cases": cases})
    return words


def _proposing(case: Case) -> dict[str, Any]:
    """Return what a proposal sets: the case stays held, and free for whoever looks at it next."""
    return {"version": case.version + 1, **AWAKE, **UNCLAIMED}


def _row(case: Case, decision: Decision, asked: Asked, composed: Composed, *, now: datetime) -> Reissue:
    last = case.reissues.aggregate(last=Max("number"))["last"] or 0
    sending = Reissue(
        case=case,
        number=last + 1,
        decision=decision,
        purpose=asked.purpose,
        by=decision.by,
        request=composed.request,
        betas=",".join(composed.betas),
        original_digest=composed.original_digest,
        # The name as lists show it; what leaves is in the request.
        model=storable(composed.model)[:120],
        created_at=now,
        send_after=now + leaves_after(),
    )
    if isinstance(asked, EditByHand):
        sending.way = Way.EDIT
        sending.text_before, sending.text_after = storable(editable_text(composed.original)), asked.text
    else:
        sending.background, sending.handling_limits = asked.background, asked.handling_limits
        sending.serves, sending.authority = asked.serves, asked.authority
    return sending
