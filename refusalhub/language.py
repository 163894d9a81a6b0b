"""The language that a person chose, in place of the one that their browser asks for."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import User
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
    """Return what the person chose; empty for a machine or a stranger, who is never looked up."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not isinstance(request.user, User):
        return ""
    chosen = getattr(request.user, "preferences", None)
    return chosen.language if chosen else ""
