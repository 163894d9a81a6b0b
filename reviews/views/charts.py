"""What the addresses of charts share."""

from collections.abc import Mapping

from django.urls import reverse
from django.utils.http import urlencode

from reviews.access import READ_TEXT, PersonRequest
from reviews.reports.pictures import ToCases


def to_cases_of(request: PersonRequest) -> ToCases | None:
    """Return what leads from a count to the cases behind it; None for who may not read them.

    The addresses are absolute: the picture may stand anywhere.
    """
    if not request.user.has_perm(READ_TEXT):
        return None
    queue = request.build_absolute_uri(reverse("queue"))

    def to_cases(wanted: Mapping[str, str]) -> str:
        return f"{queue}?{urlencode(wanted)}"

    return to_cases
