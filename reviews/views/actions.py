"""What is taken on at a meeting: taking a line on, correcting it, saying what became of it."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urldefrag

from django.contrib import messages
from django.contrib.auth.models import User
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from reviews import taken_on
from reviews.access import DECIDE, SEE_NUMBERS, PersonRequest, allowed
from reviews.forms.meeting import ActionForm
from reviews.models import Action, ActionState
from reviews.people import name_of
from reviews.reports.agenda import sections
from reviews.reports.weeks import week_name
from reviews.undo import NotUndoable
from reviews.views.given import way_back
from reviews.views.meeting import first_words
from reviews.views.weeks import asked_week

# By when somebody does what they take on, unless they say otherwise.
DUE = timedelta(weeks=1)
# Of what a line said when its form was made: it may leave the agenda while somebody writes.
SALT = "reviews.meeting.line"


@require_http_methods(["GET", "POST"])
@never_cache
@allowed(DECIDE)
def meeting_take_on(request: PersonRequest, name: str) -> HttpResponse:
    """Take a line of the meeting on. What was typed stays, whatever is wrong."""
    week, now = asked_week(name), timezone.now()
    key = request.GET.get("line", "")
    label = _label_given(request, week, key) or _label(week, key)
    if request.method == "GET":
        if not label:
            raise Http404("the meeting has no such line")
        try:
            taken_on.still_open(week)
        except taken_on.MeetingClosed as why:
            messages.warning(request, str(why))
            return redirect("meeting", name)
        due = timezone.localdate(now) + DUE
        return _take_on_form(
            request, ActionForm(initial={"owner": request.user, "due": due}), week, key, label
        )
    form = ActionForm(request.POST)
    if not label:
        form.add_error(None, _("This line is no longer on the agenda."))
    elif form.is_valid():
        try:
            taken_on.take_on(week=week, line=key, label=label, **form.cleaned_data, by=request.user, now=now)
        except taken_on.NotTaken as why:
            form.add_error(why.field, str(why))
        except taken_on.MeetingClosed as why:
            form.add_error(None, str(why))
        else:
            return redirect(f"{reverse('meeting', args=[name])}#actions")
    return _take_on_form(request, form, week, key, label)


def _take_on_form(request: PersonRequest, form: ActionForm, week: date, key: str, label: str) -> HttpResponse:
    said = {"week": week_name(week), "line": key, "label": label}
    context = {"form": form, **said, "signed": signing.dumps(said, salt=SALT) if label else ""}
    return render(request, "reviews/action_form.html", context, status=422 if form.errors else 200)


def _label_given(request: PersonRequest, week: date, key: str) -> str:
    """Return what the form of this line of this meeting was given to say; empty where it is no such form."""
    try:
        said = signing.loads(request.POST.get("signed", ""), salt=SALT)
    except signing.BadSignature:
        return ""
    return str(said["label"]) if (said["week"], said["line"]) == (week_name(week), key) else ""


def _label(week: date, key: str) -> str:
    """Say what a line of today's agenda is about: its first words. Empty where there is none."""
    for section in sections(week, now=timezone.now()):
        for line, cells in section.lines:
            if line and line == key:
                said = ", ".join(first_words(section.table, cells))
                return f"{section.table.title}: {said}"[:300]
    return ""


@require_http_methods(["GET", "POST"])
@never_cache
@allowed(SEE_NUMBERS)
def action(request: PersonRequest, pk: int) -> HttpResponse:
    """Show an action with its history; whoever may corrects it here."""
    shown = get_object_or_404(Action.objects.select_related("owner", "created_by"), pk=pk)
    given = {"note": shown.note, "owner": shown.owner, "due": shown.due}
    if request.method == "GET":
        return _action_page(request, shown, ActionForm(initial=given))
    form = ActionForm(request.POST)
    if form.is_valid():
        try:
            taken_on.correct(action_id=pk, **form.cleaned_data, by=request.user, now=timezone.now())
        except taken_on.NotTaken as why:
            form.add_error(why.field, str(why))
        except (taken_on.MeetingClosed, taken_on.AlreadySettled) as why:
            form.add_error(None, str(why))
        else:
            return redirect("action", pk)
    return _action_page(request, shown, form)


def _action_page(request: PersonRequest, shown: Action, form: ActionForm) -> HttpResponse:
    context = {
        "action": shown,
        "week": week_name(shown.week),
        "form": form if form.is_bound or taken_on.correctable(shown, request.user) else None,
        "overdue": shown.state == ActionState.OPEN and shown.due < timezone.localdate(),
        "settles": shown.state == ActionState.OPEN and taken_on.may_settle(shown, request.user),
        "reopens": shown in taken_on.reopenable(by=request.user, now=timezone.now()),
        "history": _history(shown),
    }
    return render(request, "reviews/action.html", context, status=422 if form.errors else 200)


def _history(shown: Action) -> list[dict[str, Any]]:
    """Return the lines of its history, with what each changed besides the state."""
    names = {
        field.name: field.verbose_name
        for field in Action._meta.fields
        if field.name in ("note", "owner", "due")
    }
    events = list(shown.events.select_related("by"))
    owners = {name for event in events for name in event.changes.get("owner", [])}
    called = {person.username: name_of(person) for person in User.objects.filter(username__in=owners)}
    return [
        {
            "event": event,
            "settled": "state" in event.changes,
            "changes": [
                (names[name], *(called.get(value, value) if name == "owner" else value for value in values))
                for name, values in event.changes.items()
                if name in names
            ],
        }
        for event in events
    ]


@require_POST
@allowed(SEE_NUMBERS)
def action_settle(request: PersonRequest, pk: int, state: str) -> HttpResponse:
    """Say that an action is done, or dropped."""
    settled = get_object_or_404(Action, pk=pk)
    try:
        taken_on.settle(action_id=pk, state=ActionState(state), by=request.user, now=timezone.now())
    except taken_on.AlreadySettled as why:
        return _refused(request, settled, str(why))
    return redirect(_back(request, settled))


@require_POST
@allowed(SEE_NUMBERS)
def action_reopen(request: PersonRequest, pk: int) -> HttpResponse:
    """Take one's own settling back."""
    settled = get_object_or_404(Action, pk=pk)
    try:
        taken_on.reopen(action_id=pk, by=request.user, now=timezone.now())
    except NotUndoable as why:
        return _refused(request, settled, str(why))
    return redirect(_back(request, settled))


def _refused(request: PersonRequest, settled: Action, why: str) -> HttpResponse:
    """Lead back to the top of the page, where it says why: the button may be two screens further down."""
    messages.warning(request, why)
    return redirect(urldefrag(_back(request, settled)).url)


def _back(request: PersonRequest, settled: Action) -> str:
    """Return the address of the page that the button was on; of the action's meeting where none is named."""
    return way_back(request, otherwise=reverse("meeting", args=[week_name(settled.week)]))
