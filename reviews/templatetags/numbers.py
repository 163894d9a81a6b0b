"""The cells of a report's table in a template: `{% include "reviews/_table.html" with table=table %}`.

The cells are put together here and not by a template each: a page has a thousand of them.
"""

from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from reviews.reports import written
from reviews.reports.rates import Share
from reviews.reports.table import Cell, Column, Table, Unit

register = template.Library()


@register.filter
def is_number(column: Column) -> bool:
    """Whether a column's values are set to the right."""
    return column.unit not in (Unit.TEXT, Unit.DATE)


@register.simple_tag
def cells(table: Table, row: tuple[Cell, ...], may_read: bool) -> SafeString:
    """Return the cells of a row, the first as its heading; with links to the cases for who may read them."""
    return format_html_join(
        "",
        "<{}{}{}>{}</{}>",
        (
            _cell(cell, column, may_read, tag="td" if at else "th")
            for at, (column, cell) in enumerate(zip(table.columns, row, strict=True))
        ),
    )


def _cell(cell: Cell, column: Column, may_read: bool, *, tag: str) -> tuple[str | SafeString, ...]:
    scope = format_html(' scope="{}"', "row") if tag == "th" else ""
    number = format_html(' class="{}"', "num") if is_number(column) else ""
    words = value(cell, column.unit, may_read)
    if said := written.basis(cell.value):
        words = format_html('{} <small class="soft">{}</small>', words, said)
    return tag, scope, number, words, tag


@register.simple_tag
def value(cell: Cell, unit: Unit, may_read: bool) -> SafeString:
    """Return a cell's value as a person reads it, with the link to its cases for who may read them."""
    words = written.written(cell.value, unit)
    if not (cell.cases and may_read):
        return conditional_escape(words)
    return format_html('<a href="{}?{}">{}</a>', reverse("queue"), urlencode(cell.cases), words)


@register.filter
def share_in_words(share: Share) -> str:
    """Return a share as a person reads it, without what it is of."""
    return written.written(share, Unit.SHARE)
