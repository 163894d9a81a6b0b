"""The HTTP API: every room's router under one address, one OpenAPI document, one way to say no."""

import math

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, Throttled

from pipelines.api import KeyAuth
from pipelines.api import router as runs
from reviews.api import router as deliverables
from reviews.chain_api import router as chains
from reviews.reports_api import router as reports

api = NinjaAPI(
    title="RefusalHub",
    version="1",
    description="Report how model calls ended; fetch what a person decided, and the numbers of a week.",
    auth=KeyAuth(),
    urls_namespace="api",
)
api.add_router("", deliverables)  # first: its addresses go on where those of `runs` would end
api.add_router("", chains)  # and these
api.add_router("", runs)
api.add_router("", reports)


@api.exception_handler(Throttled)
def too_many_requests(request: HttpRequest, error: Throttled) -> HttpResponse:
    """Answer 429 and say when to come back."""
    seconds = math.ceil(error.wait or 1)
    response = api.create_response(request, {"detail": f"Too many requests: wait {seconds} s."}, status=429)
    response["Retry-After"] = str(seconds)
    return response


@api.exception_handler(AuthenticationError)
def no_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Answer 401 and say how a key is shown."""
    detail = "Needs the header `Authorization: Bearer rh_…` with a key that is known and not revoked."
    response = api.create_response(request, {"detail": detail}, status=401)
    response["WWW-Authenticate"] = "Bearer"
    return response
