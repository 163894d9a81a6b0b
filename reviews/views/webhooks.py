"""`/webhooks/`: where pipelines hear of their cases, what was sent there and how it ended. For leads."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from pipelines.models import Pipeline
from pipelines.numbers import number_in
from reviews.access import LEAD, PersonRequest, allowed
from reviews.forms.webhooks import WebhookForm, WebhookLogForm
from reviews.models import Posting, WebhookEndpoint, WebhookMessage
from reviews.webhooks import endpoints

PAGE_SIZE = 50
# Digits of a whole number that every database holds.


@require_GET
@allowed(LEAD)
def webhooks(request: PersonRequest) -> HttpResponse:
    """Show every endpoint, by pipeline, and how much waits or failed there."""
    pending = WebhookMessage.objects.filter(endpoint=OuterRef("pk"), state=Posting.PENDING)
    waiting = pending.order_by().values("endpoint").annotate(n=Count("pk")).values("n")
    counted = WebhookEndpoint.objects.select_related("pipeline").annotate(
        waiting=Coalesce(Subquery(waiting), 0)
    )
    context = {"endpoints": counted, "pipelines": Pipeline.objects.exists()}
    return render(request, "reviews/webhooks.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@allowed(LEAD)
def webhook_new(request: PersonRequest) -> HttpResponse:
    """Add an endpoint, and show its secret this once."""
    every = list(WebhookForm.base_fields["events"].choices)  # type: ignore[attr-defined]  # of a ChoiceField
    initial = {"events": [value for value, _label in every]}
    form = WebhookForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            endpoint = endpoints.add(**form.cleaned_data, by=request.user, now=timezone.now())
        except endpoints.AddressTaken as taken:
            form.add_error("url", str(taken))
        else:
            _show_once(request, endpoint.secret)
            return redirect(endpoint)
    return _form(request, form)


@require_http_methods(["GET", "POST"])
@allowed(LEAD)
def webhook_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change an endpoint's address and events."""
    endpoint = get_object_or_404(WebhookEndpoint.objects.select_related("pipeline"), pk=pk)
    form = WebhookForm(request.POST or None, of=endpoint)
    if request.method == "POST" and form.is_valid():
        try:
            endpoints.edit(endpoint_id=pk, **form.cleaned_data, by=request.user)
        except endpoints.AddressTaken as taken:
            form.add_error("url", str(taken))
        else:
            messages.success(request, _("Saved."))
            return redirect(endpoint)
    return _form(request, form, endpoint)


def _form(request: PersonRequest, form: WebhookForm, endpoint: WebhookEndpoint | None = None) -> HttpResponse:
    context = {"form": form, "endpoint": endpoint}
    return render(request, "reviews/webhook_form.html", context, status=422 if form.errors else 200)


def _show_once(request: PersonRequest, secret: str) -> None:
    messages.warning(request, _("The secret, shown this once: %(secret)s") % {"secret": secret})


@require_GET
@never_cache
@vary_on_headers("HX-Request")
@allowed(LEAD)
def webhook(request: PersonRequest, pk: int) -> HttpResponse:
    """Show an endpoint and the log of its messages, newest first."""
    endpoint = get_object_or_404(WebhookEndpoint.objects.select_related("pipeline", "created_by"), pk=pk)
    form = WebhookLogForm(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    sent = endpoint.messages.filter(state=state) if state else endpoint.messages.all()
    log, newer, older = _page(sent, before=request.GET.get("before", ""), after=request.GET.get("after", ""))
    now = timezone.now()
    context = {
        "endpoint": endpoint,
        "form": form,
        "state": state,
        "log": log,
        "newer": newer,
        "older": older,
        "now": now,
        "keep_days": settings.WEBHOOK_KEEP_DAYS,
        "old_secret_hours": endpoints.OLD_SECRET_HOLDS // timedelta(hours=1),
        "old_secret_holds": len(endpoint.secrets(now=now)) > 1,
    }
    template = "reviews/webhook.html#log" if request.htmx else "reviews/webhook.html"
    return render(request, template, context)


def _page(
    sent: QuerySet[WebhookMessage], *, before: str, after: str
) -> tuple[list[WebhookMessage], int | None, int | None]:
    """Return the messages older than `before`, or newer than `after`, newest first, and the neighbours' keys.

    A key that cannot be read, or a page that would be shorter than one at the top, means the first page.
    """
    listed = sent.select_related("about")
    newer, older = number_in(after), number_in(before)
    if newer is not None:
        found = list(listed.filter(pk__gt=newer).order_by("pk")[: PAGE_SIZE + 1])
        if len(found) > PAGE_SIZE:
            shown = found[:PAGE_SIZE][::-1]
            return shown, shown[0].pk, shown[-1].pk
    elif older is not None:
        found = list(listed.filter(pk__lt=older).order_by("-pk")[: PAGE_SIZE + 1])
        if found:
            shown = found[:PAGE_SIZE]
            return shown, shown[0].pk, shown[-1].pk if len(found) > PAGE_SIZE else None
    found = list(listed.order_by("-pk")[: PAGE_SIZE + 1])
    return found[:PAGE_SIZE], None, found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None


@require_POST
@never_cache
@allowed(LEAD)
def webhook_rotate(request: PersonRequest, pk: int) -> HttpResponse:
    """Give an endpoint a new secret, and show it this once."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
    _show_once(request, endpoints.rotate(endpoint_id=pk, by=request.user, now=timezone.now()))
    return redirect(endpoint)


@require_POST
@allowed(LEAD)
def webhook_disable(request: PersonRequest, pk: int) -> HttpResponse:
    """Switch an endpoint off."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
    endpoints.disable(endpoint_id=pk, by=request.user, now=timezone.now())
    messages.success(request, _("Switched off: nothing is sent there."))
    return redirect(endpoint)


@require_POST
@allowed(LEAD)
def webhook_enable(request: PersonRequest, pk: int) -> HttpResponse:
    """Switch an endpoint on again."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
    endpoints.enable(endpoint_id=pk, by=request.user)
    messages.success(request, _("Switched on: what waited is sent first."))
    return redirect(endpoint)


@require_POST
@allowed(LEAD)
def webhook_test(request: PersonRequest, pk: int) -> HttpResponse:
    """Send a test to an endpoint."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
    try:
        message = endpoints.test(endpoint_id=pk, by=request.user, now=timezone.now())
    except endpoints.NothingToSend as why:
        messages.warning(request, str(why))
        return redirect(endpoint)
    messages.success(request, _("A test is on its way."))
    return redirect(message)


@require_GET
@allowed(LEAD)
def webhook_message(request: PersonRequest, pk: int) -> HttpResponse:
    """Show one message: exactly what is sent, and how every try ended."""
    message = get_object_or_404(
        WebhookMessage.objects.select_related("endpoint__pipeline", "about__case"), pk=pk
    )
    context = {"message": message, "attempts": message.attempts.order_by("-pk")}
    return render(request, "reviews/webhook_message.html", context)


@require_POST
@allowed(LEAD)
def webhook_again(request: PersonRequest, pk: int) -> HttpResponse:
    """Send a message again."""
    message = get_object_or_404(WebhookMessage, pk=pk)
    try:
        endpoints.send_again(message_id=pk, by=request.user, now=timezone.now())
    except endpoints.NothingToSend as why:
        messages.warning(request, str(why))
    else:
        messages.success(request, _("It is sent again, under the same id."))
    return redirect(message)
