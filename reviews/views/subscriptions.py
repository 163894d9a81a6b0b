"""`/preferences/reports/`: the reports that a person gets every Monday, and the address to be rid of one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from reviews.access import READ_TEXT, SEE_NUMBERS, PersonRequest, allowed
from reviews.followed import left_out
from reviews.forms.subscriptions import SubscriptionForm, ViewSubscriptionForm
from reviews.models import ReportSubscription, SentReport
from reviews.reports.report import about_in_words
from reviews.reports.weeks import week_name
from reviews.subscribe import subscribe, subscribe_to_view, subscription_of
from reviews.weekly import next_mail

# As many past mails of a subscription as the page lists.
LATEST = 4


@require_http_methods(["GET", "POST"])
@allowed(SEE_NUMBERS)
def subscriptions(request: PersonRequest) -> HttpResponse:
    """Show what the person gets, and let them ask for more."""
    form = SubscriptionForm(request.POST or None, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        _say_when(request, subscribe(person=request.user, scope=form.scope(), now=timezone.now()))
        return redirect("subscriptions")
    return _page(request, form, ViewSubscriptionForm(person=request.user))


@require_POST
@allowed(READ_TEXT)
def subscription_view(request: PersonRequest) -> HttpResponse:
    """Let the person have the report of one of their saved views."""
    form = ViewSubscriptionForm(request.POST, person=request.user)
    if not form.is_valid():
        return _page(request, SubscriptionForm(), form)
    view = form.cleaned_data["view"]
    _say_when(request, subscribe_to_view(person=request.user, view=view, now=timezone.now()))
    return redirect("subscriptions")


def _page(request: PersonRequest, form: SubscriptionForm, views: ViewSubscriptionForm) -> HttpResponse:
    context = {
        "form": form,
        "view_form": views,
        "has_views": request.user.has_perm(READ_TEXT) and request.user.saved_views.exists(),
        "mine": _mine(request),
        "address": request.user.email,
    }
    status = 422 if form.errors or views.errors else 200
    return render(request, "reviews/subscriptions.html", context, status=status)


def _say_when(request: PersonRequest, wanted: ReportSubscription) -> None:
    """Say when the next one leaves; to who has no address, that none does."""
    if not request.user.email:
        messages.warning(request, _("Kept, but nothing is sent until your account has an e-mail address."))
        return
    at = timezone.localtime(next_mail(wanted, now=timezone.now()))
    said = _("You get it every Monday; the next one leaves on %(day)s at %(hour)s.")
    messages.success(request, said % {"day": f"{at:%Y-%m-%d}", "hour": f"{at:%H:%M}"})


def _mine(request: PersonRequest) -> list[dict[str, object]]:
    """Return the person's subscriptions, each in words and with its latest mails."""
    sent = Prefetch("sent", queryset=SentReport.objects.order_by("-week"))
    return [
        {
            "it": one,
            "scope": _in_words(one),
            "left_out": left_out(one.view) if one.view else [],
            "sent": [(week_name(mail.week), mail) for mail in one.sent.all()[:LATEST]],
        }
        for one in request.user.report_subscriptions.select_related("view").prefetch_related(sent)
    ]


def _in_words(one: ReportSubscription) -> str:
    return about_in_words(one.scope, view=one.view.name if one.view else "")


@require_POST
@allowed(SEE_NUMBERS)
def subscription_switch(request: PersonRequest, pk: int) -> HttpResponse:
    """Switch one of the person's own on or off."""
    mine = get_object_or_404(ReportSubscription, pk=pk, person=request.user)
    mine.weekly = not mine.weekly
    mine.save(update_fields=["weekly"])
    if mine.weekly:
        _say_when(request, mine)
    else:
        messages.success(request, _("You get it no more."))
    return redirect("subscriptions")


@require_POST
@allowed(SEE_NUMBERS)
def subscription_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Remove one of the person's own, with what is known of its mails."""
    get_object_or_404(ReportSubscription, pk=pk, person=request.user).delete()
    messages.success(request, _("Removed."))
    return redirect("subscriptions")


@login_not_required
@csrf_exempt  # a mail program posts here without a cookie; the signed token is what counts
@require_http_methods(["GET", "POST"])
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End a subscription. Opening the address only asks: programs that look at links must end nothing."""
    try:
        found = subscription_of(token)
    except BadSignature as error:
        raise Http404("There is no such subscription.") from error
    if request.method == "POST" and found is not None:
        ReportSubscription.objects.filter(pk=found.pk).update(weekly=False)
    gone = found is None or request.method == "POST" or not found.weekly
    context = {"gone": gone, "scope": _in_words(found) if found else ""}
    return render(request, "reviews/unsubscribe.html", context)
