"""`/changes/`: changes at the source, who makes them, and whether the rate moved. Their words are text."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pipelines.numbers import number_in
from reviews import standing_changes
from reviews.access import DECIDE, READ_TEXT, SEE_NUMBERS, PersonRequest, allowed
from reviews.forms.standing import SettleChangeForm, StandingChangeForm
from reviews.models import ChangeState, Reissue, StandingChange
from reviews.reports.contexts import words_of
from reviews.views.given import row_in

PAGE_SIZE = 50
# What each tab shows, in its order: what is due first, what was done last, what was dropped last.
ORDERS = {
    ChangeState.PLANNED: ("due", "pk"),
    ChangeState.DONE: ("-done_on", "-pk"),
    ChangeState.DROPPED: ("-pk",),
}


@require_GET
@allowed(SEE_NUMBERS)
def changes(request: PersonRequest) -> HttpResponse:
    """List the changes of a state, a page at a time; of those that are done, whether the rate moved."""
    asked = request.GET.get("state", "")
    state = ChangeState(asked) if asked in ChangeState.values else ChangeState.PLANNED
    of_state = StandingChange.objects.filter(state=state).order_by(*ORDERS[state])
    pages = Paginator(of_state.select_related("pipeline", "topic", "owner").defer("words"), PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    now = timezone.now()
    worked = standing_changes.worked(page.object_list, now=now)
    context = {
        "state": state,
        "states": ChangeState,
        "page": page,
        "changes": [(change, worked.get(change.pk)) for change in page.object_list],
        "today": timezone.localdate(now),
        "table": {"name": "changes", "title": _("Changes at the source")},
        "asked": urlencode({"state": state.value}),
    }
    return render(request, "reviews/changes.html", context)


@require_GET
@never_cache
@allowed(SEE_NUMBERS)
def change(request: PersonRequest, pk: int) -> HttpResponse:
    """Show a change, its history, and whether the rate moved."""
    return _page(request, pk)


def _page(request: PersonRequest, pk: int, *, refused: str = "", status: int = 200) -> HttpResponse:
    shown = get_object_or_404(
        StandingChange.objects.select_related("pipeline", "topic", "owner", "created_by"), pk=pk
    )
    now = timezone.now()
    context = {
        "change": shown,
        "moved": standing_changes.worked([shown], now=now).get(shown.pk),
        "events": _history(shown, texts=request.user.has_perm(READ_TEXT)),
        "may_edit": standing_changes.may_edit(shown, request.user),
        "today": timezone.localdate(now),
        "refused": refused,
        "states": ChangeState,
    }
    return render(request, "reviews/change.html", context, status=status)


def _history(shown: StandingChange, *, texts: bool) -> list[dict[str, Any]]:
    """Return the lines of its history, with what each changed. The words are left out for who reads no text."""
    names = {field.name: field.verbose_name for field in StandingChange._meta.fields}
    hidden = {"state"} if texts else {"state", "words"}
    lines = []
    for event in shown.events.select_related("by"):
        first = event.changes.get("title", [""])[0] is None
        changed = (
            []
            if first
            else [(names[name], *values) for name, values in event.changes.items() if name not in hidden]
        )
        lines.append({"event": event, "first": first, "changes": changed})
    return lines


@require_http_methods(["GET", "POST"])
@never_cache
@allowed(DECIDE)
def change_new(request: PersonRequest) -> HttpResponse:
    """Suggest a change; from a re-issue, with its context as the words to begin with."""
    reissue = _reissue(request)
    initial: dict[str, Any] = {"owner": request.user}
    if reissue:
        initial |= {
            "pipeline": reissue.case.pipeline,
            "words": words_of(reissue),
            "code": reissue.case.code,
            "owner": reissue.case.pipeline.owner or request.user,
        }
    form = StandingChangeForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        digest = reissue.own_words_digest if reissue else ""
        try:
            made = standing_changes.suggest(
                **form.cleaned_data, context_digest=digest, by=request.user, now=timezone.now()
            )
        except standing_changes.NotSo as why:
            form.add_error(why.field, str(why))
        else:
            return redirect(made)
    return _form(request, form, reissue=reissue)


def _reissue(request: PersonRequest) -> Reissue | None:
    """Return the re-issue that the address names; None where it names none that there is."""
    sent = Reissue.objects.select_related("case__pipeline__owner").defer("request")
    return row_in(request.GET.get("reissue", ""), sent)


@require_http_methods(["GET", "POST"])
@never_cache
@allowed(READ_TEXT)
def change_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Edit a change: its owner and leads may."""
    edited = get_object_or_404(StandingChange.objects.select_related("topic", "owner", "pipeline"), pk=pk)
    if not standing_changes.may_edit(edited, request.user):
        raise PermissionDenied("needs its owner or a lead")
    form = StandingChangeForm(request.POST if request.method == "POST" else None, of=edited)
    if request.method == "POST" and form.is_valid():
        try:
            standing_changes.edit(
                change_id=pk,
                version=_version(request),
                by=request.user,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except standing_changes.NotSo as why:
            form.add_error(why.field, str(why))
        except standing_changes.StaleChange as why:
            form.add_error(None, str(why))
        else:
            return redirect(edited)
    return _form(request, form, edited=edited)


def _version(request: PersonRequest) -> int:
    """Return the version that the person saw; one that cannot be read is none that there is."""
    return number_in(request.POST.get("version", "")) or 0


def _form(
    request: PersonRequest,
    form: StandingChangeForm,
    *,
    edited: StandingChange | None = None,
    reissue: Reissue | None = None,
) -> HttpResponse:
    context = {"form": form, "change": edited, "reissue": reissue}
    return render(request, "reviews/change_form.html", context, status=422 if form.errors else 200)


@require_POST
@allowed(READ_TEXT)
def change_settle(request: PersonRequest, pk: int) -> HttpResponse:
    """Say that a change is done, dropped, or planned again."""
    shown = get_object_or_404(StandingChange, pk=pk)
    form = SettleChangeForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, refused=_("Say on which day it took effect."), status=422)
    try:
        standing_changes.settle(
            change_id=pk,
            version=form.cleaned_data["version"],
            state=ChangeState(form.cleaned_data["state"]),
            done_on=form.cleaned_data["done_on"],
            by=request.user,
            now=timezone.now(),
        )
    except standing_changes.NotSo as why:
        return _page(request, pk, refused=str(why), status=422)
    except standing_changes.StaleChange as why:
        return _page(request, pk, refused=str(why), status=409)
    return redirect(shown)
