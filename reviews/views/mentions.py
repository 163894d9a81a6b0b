"""`/mentions/`: what waits for a person: notes that name them, questions and replies, cases handed to them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from reviews.access import READ_TEXT, PersonRequest, allowed
from reviews.models import Case, Mention, State

# What was seen before, and what is handed over, as far as a person looks down a page.
SEEN_SHOWN = 20
HANDED_SHOWN = 100


@require_GET
@allowed(READ_TEXT)
def mentions(request: PersonRequest) -> HttpResponse:
    """Show what waits, newest first. A mention counts as seen once its case is opened."""
    mine = Mention.objects.filter(person=request.user)
    told = mine.select_related("event__by", "event__case__pipeline").order_by("-event__at", "-pk")
    handed = Case.objects.filter(assigned_to=request.user).exclude(state=State.CLOSED)
    context = {
        "waiting": told.filter(seen_at=None),
        "seen": told.filter(seen_at__isnull=False)[:SEEN_SHOWN],
        "handed": handed.select_related("pipeline", "topic").order_by("held_since", "pk")[:HANDED_SHOWN],
    }
    return render(request, "reviews/mentions.html", context)
