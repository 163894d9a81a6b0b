"""The cells of a report's table in a template: `{% include "reviews/_table.html" with table=table %}`.

The cells are put together here and not by a template each: a page has a thousand of them.
"""

from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reviews.reports import written
from reviews.reports.rates import Share
from reviews.reports.table import Cell, Column, Table, Unit

register = template.Library()


@register.filter
def is_number(column: Column) -> bool:
    """Whether a column's values are set to the right."""
    return column.unit not in (Unit.TEXT, Unit.DATE)


# By whether a cell heads its row, and whether it is a number: what stands around its value.
_AROUND = {
    (True, True): '<th scope="row" class="num">{}{}</th>',
    (True, False): '<th scope="row">{}{}</th>',
    (False, True): '<td class="num">{}{}</td>',
    (False, False): "<td>{}{}</td>",
}


@register.simple_tag
def cells(table: Table, row: tuple[Cell, ...], may_read: bool) -> SafeString:
    """Return the cells of a row, the first as its heading; with links to the cases for who may read them."""
    queue = reverse("queue") if may_read else ""
    pairs = zip(table.columns, row, strict=True)
    return format_html_join("", "{}", ([_cell(*pair, queue, heads=not at)] for at, pair in enumerate(pairs)))


def _cell(column: Column, cell: Cell, queue: str, *, heads: bool) -> SafeString:
    said = written.basis(cell.value)
    beside = format_html(' <small class="soft">{}</small>', said) if said else ""
    around = _AROUND[heads, is_number(column)]
    return format_html(around, _value(cell, column.unit, queue), beside)


@register.simple_tag
def value(cell: Cell, unit: Unit, may_read: bool) -> SafeString:
    """Return a cell's value as a person reads it, with the link to its cases for who may read them."""
    return format_html("{}", _value(cell, unit, reverse("queue") if may_read else ""))


def _value(cell: Cell, unit: Unit, queue: str) -> str:
    words = written.written(cell.value, unit)
    if not (cell.cases and queue):
        return words
    return format_html('<a href="{}?{}">{}</a>', queue, urlencode(cell.cases), words)


@register.filter
def share_in_words(share: Share) -> str:
    """Return a share as a person reads it, without what it is of."""
    return written.written(share, Unit.SHARE)
