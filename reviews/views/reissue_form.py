"""What the re-issue form of a case's page is made with: its pass, its brakes, its models, the text to edit."""

from datetime import datetime
from typing import Any

from django.forms import RadioSelect, Select
from django.utils.translation import gettext as _

from pipelines.storable import storable
from reviews import brakes, passes, reuse
from reviews.access import DECIDE, PersonRequest
from reviews.compose import CannotCompose, Context, compose, editable_text
from reviews.forms import ReissueForm
from reviews.models import Case, Sending, State, Way
from reviews.original import Original
from reviews.reissue import original_request
from reviews.worddiff import word_diff

# A longer text is not edited on a page; context can be added to it all the same.
MOST_EDITED = 100_000


def prepared(request: PersonRequest, case: Case, form: ReissueForm, *, now: datetime) -> dict[str, Any]:
    """Make the form ready for one case, and return what stands around it: `brakes`, `original` and the like."""
    if case.state != State.HELD or not request.user.has_perm(DECIDE):
        return {}
    stands = brakes.standing(case, now=now)
    act: passes.Act = "approve" if stands.proposed else "reissue"
    given = passes.issue(
        act=act,
        case_id=case.pk,
        version=case.version,
        by=request.user,
        session_key=request.session.session_key,
        now=now,
    )
    around: dict[str, Any] = {"brakes": stands, "pass": given.text, "attempts": attempts(case)}
    if stands.stopped and not stands.proposed:
        return around
    try:
        around["original"] = original = original_request(case)
        if stands.proposed:
            return around
        _offer_models(form, case, original)
        around["edit_not"] = _offer_edit(form, original.text)
    except CannotCompose as why:
        return around | {"cannot": str(why)}
    return around | _reused(form, case)


def _offer_models(form: ReissueForm, case: Case, original: Original) -> None:
    own = compose(original=original.text, asked=Context(purpose="", background="")).model
    others = [(model, model) for model in case.pipeline.allowed_models if model != own]
    said = _("%(model)s, as in the original") % {"model": own} if original.is_repeated else own
    choices = [("", said), *others]
    form.fields["model"].widget = Select(choices=choices)


def _offer_edit(form: ReissueForm, original: str) -> str:
    """Put the text to edit into the form; where there is none, take the way out of it and return why."""
    try:
        text = editable_text(original)
    except CannotCompose as why:
        return _not_editable(form, str(why))
    if len(text) > MOST_EDITED:
        return _not_editable(form, _("The last message is too long to edit on a page."))
    if storable(text) != text:
        return _not_editable(form, _("The last message holds characters that no page can give back."))
    form.fields["text"].initial = text
    return ""


def _not_editable(form: ReissueForm, why: str) -> str:
    only = [(Way.CONTEXT.value, _("Add context: the original stays as it is"))]
    form.fields["way"].widget = RadioSelect(choices=only)
    return why


def _reused(form: ReissueForm, case: Case) -> dict[str, Any]:
    """Return the unrelated cases that had the words of a form that came back."""
    if not form.is_bound or form.base_fields.keys() - form.cleaned_data.keys() - {"reuse_seen", "attested"}:
        return {"reused": []}
    try:
        before = (
            editable_text(original_request(case).text) if form.cleaned_data.get("way") == Way.EDIT else ""
        )
    except CannotCompose:
        return {"reused": []}
    asked = form.asked(before=before)
    return {"reused": reuse.used_before(case, words=reuse.own_words(asked, before=before))}


def chain_of(case: Case) -> list[Any]:
    """Return the chain, newest first, each edit with its words compared."""
    related = ("by", "approved_by", "turned_down_by", "run__content", "deletion__pipeline")
    found = list(case.reissues.select_related(*related).order_by("-number"))
    for one in found:
        if one.way == Way.EDIT and one.deletion is None:
            one.words = word_diff(one.text_before, one.text_after)  # type: ignore[attr-defined]  # for the page
    return found


def attempts(case: Case) -> list[Any]:
    """Return what was declined again, oldest first: shown side by side before anybody types once more."""
    declined = case.reissues.filter(state=Sending.DECLINED).select_related("by", "run")
    return list(declined.order_by("number"))
