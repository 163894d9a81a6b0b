"""The language that a person chose, in place of the one that their browser asks for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation


def preferred_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: answer in the person's language. It stands behind those of sessions and people."""

    def answer(request: HttpRequest) -> HttpResponse:
        language = _language(request)
        if not language:
            return get_response(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        response.headers["Content-Language"] = language
        return response

    return answer


def _language(request: HttpRequest) -> str:
    """Return what the person chose; empty for whoever chose nothing or is not signed in."""
    chosen = getattr(request.user, "preferences", None)
    return chosen.language if chosen else ""
