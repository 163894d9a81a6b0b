"""A rate, or how sure it is, in a sentence of a template, as the reports write it."""

from django import template

from reviews.reports import written
from reviews.reports.rates import Share
from reviews.reports.table import Value

register = template.Library()


@register.filter
def rate(share: Share) -> str:
    """Return a share in per cent; a dash where nothing was counted."""
    return written.percent(share.percent)


@register.filter
def of_what(value: Value) -> str:
    """Return a share's n, and its interval where n is small; of any other value nothing."""
    return written.basis(value)


@register.filter
def p_value(value: float) -> str:
    """Return a p-value with its "p"."""
    return written.p_value(value)
