"""`/cases/N/`: one held request, what a person can settle, and what became of it.

Every form posts to an address of its own and answers with the page's live part (`case_page`).
"""

from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from pipelines.judging import lacks
from refusals import Outcome
from reviews import decide, deliver, note
from reviews.access import DECIDE, READ_TEXT, PersonRequest, allowed
from reviews.attach import attachment, taken
from reviews.models import Decision, DeliveredFile, Kind, State
from reviews.views.case_context import bar_context, seen
from reviews.views.case_page import find_case, settled, show


@require_GET
@vary_on_headers("HX-Request")
@allowed(READ_TEXT)
def case(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the case. A page that waits for an answer says what it has `seen` and is told only what is new."""
    found = find_case(pk)
    if not request.htmx:
        note.see(person=request.user, case=found, now=timezone.now())
        return show(request, found)
    if request.GET.get("seen") == seen(found):
        return HttpResponse(status=204)
    response = show(request, found)
    if found.state == State.REISSUING:
        return response
    said = _("Case %(case)s is now: %(state)s.") % {"case": pk, "state": found.get_state_display()}
    return trigger_client_event(response, "toast", {"value": said})


@require_GET
@allowed(READ_TEXT)
def case_bar(request: PersonRequest, pk: int) -> HttpResponse:
    """Render the bar at the foot of a case's page: its place in the list, who holds it, what can be undone.

    A page says which version it shows, so that the bar can say when the case has changed since.
    """
    found = find_case(pk)
    shown = request.GET.get("shown", "")
    context = bar_context(request, found, now=timezone.now())
    context |= {"shown": shown, "outdated": shown != context["shows"]}
    return render(request, "reviews/_bar.html", context)


@require_POST
@allowed(DECIDE)
def case_settle(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    """Uphold, handle by hand, or withdraw."""
    if kind == Kind.BY_HAND:
        return _by_hand(request, pk)

    def step(data: dict[str, Any]) -> str:
        decision = decide.settle(
            case_id=pk,
            version=data["version"],
            kind=Kind(kind),
            reason=data["reason"],
            by=request.user,
            now=timezone.now(),
        )
        return _closed(decision)

    return settled(request, pk, kind, step)


def _by_hand(request: PersonRequest, pk: int) -> HttpResponse:
    """A held case is settled; an answer that waits to be read is replaced by what the person gives."""
    found = find_case(pk)
    way = deliver.replace if found.state == State.ANSWERED else partial(decide.settle, kind=Kind.BY_HAND)

    def step(data: dict[str, Any]) -> str:
        decision = way(
            case_id=pk,
            version=data["version"],
            reason=data["reason"],
            text=data["text"],
            file=taken(data["file"]) if data["file"] else None,
            by=request.user,
            now=timezone.now(),
        )
        missing = lacks(data["text"], pipeline=found.pipeline) if data["text"] else []
        hint = _("It goes out as you wrote it, though it lacks: %(flaws)s.") % {"flaws": "; ".join(missing)}
        return f"{_closed(decision)} {hint}" if missing else _closed(decision)

    return settled(request, pk, Kind.BY_HAND, step)


def _closed(decision: Decision) -> str:
    said = {"case": decision.case_id, "decision": decision.get_kind_display()}
    return _("Case %(case)s closed: %(decision)s.") % said


@require_POST
@allowed(DECIDE)
def case_reclassify(request: PersonRequest, pk: int) -> HttpResponse:
    """Correct what the machine judged."""

    def step(data: dict[str, Any]) -> str:
        decide.reclassify(
            case_id=pk,
            version=data["version"],
            outcome=Outcome(data["outcome"]),
            code=data["code"],
            reason=data["reason"],
            by=request.user,
            now=timezone.now(),
        )
        return _("Case %(case)s reclassified.") % {"case": pk}

    declined = request.POST.get("outcome") == Outcome.DECLINED.value
    return settled(request, pk, Kind.RECLASSIFY, step, advances=not declined)


@require_POST
@allowed(DECIDE)
def case_accept(request: PersonRequest, pk: int) -> HttpResponse:
    """Make the answer the deliverable."""

    def step(data: dict[str, Any]) -> str:
        deliver.accept(case_id=pk, version=data["version"], by=request.user, now=timezone.now())
        return _("Answer accepted: case %(case)s is closed and its pipeline has its deliverable.") % {
            "case": pk
        }

    return settled(request, pk, "accept", step)


@require_POST
@allowed(DECIDE)
def case_turn_down(request: PersonRequest, pk: int) -> HttpResponse:
    """Do not accept the answer; the case is held again."""

    def step(data: dict[str, Any]) -> str:
        deliver.turn_down(
            case_id=pk, version=data["version"], reason=data["reason"], by=request.user, now=timezone.now()
        )
        return _("Answer not accepted: case %(case)s is held again.") % {"case": pk}

    return settled(request, pk, "turn_down", step, advances=False)


@require_GET
@allowed(READ_TEXT)
def case_file(request: PersonRequest, pk: int, delivery: int) -> HttpResponse:
    """Download the file that a person gave the pipeline."""
    file = get_object_or_404(DeliveredFile, delivery=delivery, delivery__case=pk)
    if file.content is None:
        raise Http404("the content of this file is deleted")
    return attachment(file)
