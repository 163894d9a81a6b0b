"""`/alerts/`: what was told to whom, and the chats that hear; for leads. And everybody's own choices."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pipelines.numbers import number_in
from reviews.access import LEAD, PersonRequest, allowed, signed_in
from reviews.alerts import hooks
from reviews.alerts.hearing import choose
from reviews.forms.alerts import AlertChatForm, AlertChoicesForm, AlertHookForm, AlertLogForm
from reviews.models import AlertHook, AlertKind, AlertMessage
from reviews.webhooks.endpoints import SwitchedOff

PAGE_SIZE = 50
# Digits of a whole number that every database holds.


@require_http_methods(["GET", "POST"])
@allowed(LEAD)
def alerts(request: PersonRequest) -> HttpResponse:
    """Show the log, newest first, and the chats; take a new chat."""
    kinds = [kind.value for kind in AlertKind if kind != AlertKind.NEW]
    form = AlertHookForm(request.POST or None, initial={"kinds": kinds})
    if request.method == "POST" and form.is_valid():
        hooks.add(**form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("Added: it hears from now on."))
        return redirect("alerts")
    filter_form = AlertLogForm(request.GET)
    log = AlertMessage.objects.select_related("person", "hook").filter(filter_form.shown()).order_by("-pk")
    before = number_in(request.GET.get("before", ""))
    if before is not None:
        log = log.filter(pk__lt=before)
    shown = list(log[: PAGE_SIZE + 1])
    context = {
        "form": form,
        "filter_form": filter_form,
        "hooks": AlertHook.objects.filter(removed_at=None).select_related("pipeline"),
        "log": shown[:PAGE_SIZE],
        "older": shown[PAGE_SIZE - 1].pk if len(shown) > PAGE_SIZE else None,
    }
    return render(request, "reviews/alerts.html", context, status=422 if form.errors else 200)


@require_GET
@allowed(LEAD)
def alert_message(request: PersonRequest, pk: int) -> HttpResponse:
    """Show one message as it left, and how every try ended."""
    message = get_object_or_404(AlertMessage.objects.select_related("person", "hook"), pk=pk)
    context = {"message": message, "attempts": message.attempts.order_by("-pk")}
    return render(request, "reviews/alert_message.html", context)


@require_http_methods(["GET", "POST"])
@allowed(LEAD)
def alert_chat(request: PersonRequest, pk: int) -> HttpResponse:
    """Show a chat, and change what it hears of."""
    hook = _chat(pk)
    form = AlertChatForm(request.POST or None, initial={"pipeline": hook.pipeline, "kinds": hook.kinds})
    if request.method == "POST" and form.is_valid():
        hooks.change(hook_id=pk, **form.cleaned_data, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("alerts")
    context = {"hook": hook, "form": form}
    return render(request, "reviews/alert_chat.html", context, status=422 if form.errors else 200)


@require_POST
@allowed(LEAD)
def alert_chat_test(request: PersonRequest, pk: int) -> HttpResponse:
    """Send a test to a chat, and show it with its tries."""
    hook = _chat(pk)
    try:
        message = hooks.test(hook_id=pk, by=request.user, now=timezone.now())
    except SwitchedOff as why:
        messages.warning(request, str(why))
        return redirect(hook)
    messages.success(request, _("A test is on its way."))
    return redirect(message)


@require_http_methods(["GET", "POST"])
@allowed(LEAD)
def alert_chat_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask before a chat is removed, and remove it."""
    hook = _chat(pk)
    if request.method == "POST":
        hooks.remove(hook_id=pk, by=request.user, now=timezone.now())
        messages.success(request, _("Removed: it hears nothing more."))
        return redirect("alerts")
    return render(request, "reviews/alert_chat_remove.html", {"hook": hook})


def _chat(pk: int) -> AlertHook:
    return get_object_or_404(
        AlertHook.objects.select_related("pipeline", "created_by"), pk=pk, removed_at=None
    )


@require_POST
@allowed(LEAD)
def alert_hook_switch(request: PersonRequest, pk: int, to: str) -> HttpResponse:
    """Switch a chat on or off."""
    _chat(pk)
    hooks.switch(hook_id=pk, on=to == "on", by=request.user, now=timezone.now())
    messages.success(request, _("Switched on.") if to == "on" else _("Switched off: it hears nothing more."))
    return redirect("alerts")


@require_http_methods(["GET", "POST"])
@signed_in
def alert_choices(request: PersonRequest) -> HttpResponse:
    """Show when the person hears of what, and keep what they choose."""
    form = AlertChoicesForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        choose(person=request.user, choices=form.choices())
        messages.success(request, _("Saved."))
        return redirect("alert-choices")
    context = {"form": form, "concerned": request.user.has_perm(LEAD) or request.user.pipelines.exists()}
    return render(request, "reviews/alert_choices.html", context, status=422 if form.errors else 200)
