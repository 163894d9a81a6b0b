"""The HTTP API: every room's router under one address, one OpenAPI document, one way to say no."""

import math

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import Throttled

from pipelines.api import KeyAuth
from pipelines.api import router as runs
from reviews.api import router as deliverables

api = NinjaAPI(
    title="RefusalHub",
    version="1",
    description="Report how model calls ended; fetch what a person decided.",
    auth=KeyAuth(),
    urls_namespace="api",
)
api.add_router("", deliverables)  # first: its addresses go on where those of `runs` would end
api.add_router("", runs)


@api.exception_handler(Throttled)
def too_many_requests(request: HttpRequest, error: Throttled) -> HttpResponse:
    """Answer 429 and say when to come back."""
    seconds = math.ceil(error.wait or 1)
    response = api.create_response(request, {"detail": f"Too many requests: wait {seconds} s."}, status=429)
    response["Retry-After"] = str(seconds)
    return response
