"""An answer with an ETag, which whoever has it already need not get again (RFC 9110)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response


def tagged(request: HttpRequest, *, tag: str, make: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the answer that is made, or 304 where the caller has it: then nothing is made.

    `tag` changes whenever the answer does. Nobody but the caller may keep it, and has to ask each time.
    """
    tag = f'"{tag}"'
    response = get_conditional_response(request, etag=tag) or make()
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response
