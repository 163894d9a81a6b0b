"""`/cases/N/export/`: the whole case as a file."""

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from reviews.access import READ_TEXT, PersonRequest, allowed
from reviews.download import as_download
from reviews.export import export
from reviews.views.case_page import find_case


@require_GET
@allowed(READ_TEXT)
def case_export(request: PersonRequest, pk: int) -> HttpResponse:
    """Answer with a download; no browser shows it as a page."""
    whole = export(find_case(pk), now=timezone.now())
    response = JsonResponse(whole, json_dumps_params={"indent": 2, "ensure_ascii": False})
    return as_download(response, f"case-{pk}.json")
