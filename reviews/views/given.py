"""What a request gives beside the address's path, as far as it can be used: a row, a filter, and the way back."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from pipelines.numbers import number_in
from reviews.access import of_this_site
from reviews.models import Case

Row = TypeVar("Row", bound=Model)


def row_in(text: str, rows: QuerySet[Row]) -> Row | None:
    """Return the row whose number a text is; None where it is none's."""
    number = number_in(text)
    return None if number is None else rows.filter(pk=number).first()


def case_address(case: Case, request: HttpRequest) -> str:
    """Return the address of a case, with the queue's filter that stands in the request's own."""
    query = request.GET.urlencode()
    return case.get_absolute_url() + (f"?{query}" if query else "")


def way_back(request: HttpRequest, *, otherwise: str) -> str:
    """Return the address in the form's `next`, if it is one of this site; else the other one."""
    address = request.POST.get("next", "")
    return address if of_this_site(address, request) else otherwise
