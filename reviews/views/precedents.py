"""`/cases/N/precedents/`: what was settled in similar cases, and how the same prompt ended before."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from reviews.access import READ_TEXT, PersonRequest, allowed
from reviews.flips import flips
from reviews.guidance import folded_codes
from reviews.models import Case
from reviews.precedents import precedents


@require_GET
@vary_on_headers("HX-Request")
@allowed(READ_TEXT)
def case_precedents(request: PersonRequest, pk: int) -> HttpResponse:
    """Show them: a page of its own, and to htmx the panel of the case's page."""
    found = get_object_or_404(Case, pk=pk)
    context = {
        "case": found,
        "precedents": precedents(found),
        "flips": flips(found),
        "texts_folded": found.code in folded_codes(request.user),
    }
    return render(request, f"reviews/precedents.html{'#panel' if request.htmx else ''}", context)
