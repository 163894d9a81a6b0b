"""`/cases/N/reissue/`: the request shown, sent, proposed; a second person's word."""

from typing import Any, cast

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reviews.access import DECIDE, PersonRequest, allowed
from reviews.approve import approve, turn_down_proposal
from reviews.compose import CannotCompose, Context, editable_text
from reviews.decide import NotComplete
from reviews.forms import ReissueForm
from reviews.models import Case, Kind, Sending, State, Way
from reviews.passes import Pass
from reviews.reissue import original_request, preview, reissue
from reviews.tasks import ring
from reviews.views.case_page import find_case, form_of, settled, show, stale
from reviews.worddiff import word_diff


@require_POST
@allowed(DECIDE)
def case_reissue(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the exact request that would leave, or put it into the outbox and ring the doorbell."""
    if request.POST.get("action") == "preview":
        return _preview(request, pk)

    def step(data: dict[str, Any]) -> str:
        sending = reissue(
            case_id=pk,
            version=data["version"],
            asked=data["form"].asked(before=_text_before(find_case(pk), data["form"])),
            model=data["model"],
            by=request.user,
            now=timezone.now(),
            given=_pass(request),
            attested=data["attested"],
            reuse_seen=data["reuse_seen"],
        )
        if sending.state == Sending.PROPOSED:
            return _("Re-issue %(number)s is proposed: another person has to approve it.") % {
                "number": sending.number
            }
        ring(sending.pk)
        return _("Re-issue %(number)s is on its way.") % {"number": sending.number}

    return settled(request, pk, Kind.REISSUE, step)


@require_POST
@allowed(DECIDE)
def case_approve(request: PersonRequest, pk: int) -> HttpResponse:
    """Approve the exact request that the page shows, and ring the doorbell."""

    def step(data: dict[str, Any]) -> str:
        sending = approve(
            case_id=pk, version=data["version"], by=request.user, now=timezone.now(), given=_pass(request)
        )
        ring(sending.pk)
        return _("Re-issue %(number)s is approved and on its way.") % {"number": sending.number}

    return settled(request, pk, "approve", step)


@require_POST
@allowed(DECIDE)
def case_turn_down_proposal(request: PersonRequest, pk: int) -> HttpResponse:
    """Keep a proposed re-issue from leaving; the case is held as before."""

    def step(data: dict[str, Any]) -> str:
        turn_down_proposal(
            case_id=pk, version=data["version"], reason=data["reason"], by=request.user, now=timezone.now()
        )
        return _("The proposed re-issue is turned down: case %(case)s is held.") % {"case": pk}

    return settled(request, pk, "not_approved", step, advances=False)


def _pass(request: PersonRequest) -> Pass:
    return Pass(text=request.POST.get("pass", ""), session_key=request.session.session_key)


def _text_before(case: Case, form: ReissueForm) -> str:
    """Return the text that an edit starts from; nothing where context is added."""
    return editable_text(original_request(case).text) if form.cleaned_data["way"] == Way.EDIT else ""


def _preview(request: PersonRequest, pk: int) -> HttpResponse:
    found = find_case(pk)
    form = cast(ReissueForm, form_of(Kind.REISSUE, request.POST))
    if not form.is_valid():
        return show(request, found, bound=(Kind.REISSUE, form), status=422)
    if found.state != State.HELD:
        why = _("Case %(case)s changed since you opened it. It is now: %(state)s.")
        return stale(request, pk, Kind.REISSUE, why % {"case": pk, "state": found.get_state_display()})
    try:
        before = _text_before(found, form)
        asked = form.asked(before=before)
        composed = preview(case=found, asked=asked, model=form.cleaned_data["model"])
    except NotComplete as missing:
        form.add_error(missing.field, str(missing))
    except CannotCompose as refused:
        form.add_error(None, str(refused))
    else:
        if isinstance(asked, Context):
            more: dict[str, Any] = {"context_block": asked.block()}
        else:
            more = {"edited_words": word_diff(before, asked.text)}
        return show(request, found, bound=(Kind.REISSUE, form), preview=composed, **more)
    return show(request, found, bound=(Kind.REISSUE, form), status=422)
