"""The week that an address names."""

from datetime import date

from django.http import Http404
from django.utils import timezone

from reviews.reports.weeks import week_begun


def asked_week(name: str) -> date:
    """Return the Monday of a week by its name in the address. Raises Http404 if it is none, or yet to come."""
    try:
        return week_begun(name, now=timezone.now())
    except ValueError as error:
        raise Http404(str(error)) from error
