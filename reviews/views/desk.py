"""What a person sets with one click on the page they work on."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from reviews.access import DECIDE, PersonRequest, allowed
from reviews.models import Preferences
from reviews.views.given import way_back


@require_POST
@allowed(DECIDE)
def advance(request: PersonRequest) -> HttpResponse:
    """Remember whether a decision leads on to the next case."""
    wanted = request.POST.get("auto_advance") == "on"
    Preferences.objects.update_or_create(person=request.user, defaults={"auto_advance": wanted})
    if request.htmx:
        return HttpResponse(status=204)
    return redirect(way_back(request, otherwise=reverse("queue")))
