"""What a person sets with one click on the page they work on."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from reviews.access import DECIDE, PersonRequest, allowed
from reviews.models import Preferences


@require_POST
@allowed(DECIDE)
def advance(request: PersonRequest) -> HttpResponse:
    """Remember whether a decision leads on to the next case."""
    wanted = request.POST.get("auto_advance") == "on"
    Preferences.objects.update_or_create(person=request.user, defaults={"auto_advance": wanted})
    if request.htmx:
        return HttpResponse(status=204)
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "queue")
