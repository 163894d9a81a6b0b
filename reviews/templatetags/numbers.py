"""The cells of a report's table in a template: `{% include "reviews/_table.html" with table=table %}`.

The cells are put together here and not by a template each: a page has a thousand of them.
"""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote_plus

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
    (True, True): ('<th scope="row" class="num">', "</th>"),
    (True, False): ('<th scope="row">', "</th>"),
    (False, True): ('<td class="num">', "</td>"),
    (False, False): ("<td>", "</td>"),
}


@register.simple_tag
def cells(table: Table, row: tuple[Cell, ...], may_read: bool) -> SafeString:
    """Return the cells of a row, the first as its heading; with links to the cases for who may read them."""
    pairs = zip(table.columns, row, strict=True)
    return format_html_join("", "{}", ([_cell(*pair, may_read, not at)] for at, pair in enumerate(pairs)))


def _cell(column: Column, cell: Cell, may_read: bool, heads: bool) -> SafeString:
    around = heads, is_number(column)
    words, said = written.written(cell.value, column.unit), written.basis(cell.value)
    return (
        _linked(around, words, said, cell.cases) if cell.cases and may_read else _plain(around, words, said)
    )


@lru_cache(maxsize=2048)
def _plain(around: tuple[bool, bool], words: str, said: str) -> SafeString:
    """Return a cell without a link. Most cells of a page are the same few small numbers."""
    opened, closed = _AROUND[around]
    if not said:
        return format_html(f"{opened}{{}}{closed}", words)
    return format_html(f'{opened}{{}} <small class="soft">{{}}</small>{closed}', words, said)


def _linked(around: tuple[bool, bool], words: str, said: str, cases: Mapping[str, str]) -> SafeString:
    opened, closed = _AROUND[around]
    if not said:
        return format_html(f'{opened}<a href="{{}}">{{}}</a>{closed}', address(cases), words)
    beside = f' <small class="soft">{{}}</small>{closed}'
    return format_html(f'{opened}<a href="{{}}">{{}}</a>{beside}', address(cases), words, said)


def address(cases: Mapping[str, str]) -> str:
    """Return the address of the cases that a filter of the queue finds."""
    return f"{_queue()}?" + "&".join(f"{name}={_quoted(value)}" for name, value in cases.items())


@lru_cache(maxsize=2048)
def _quoted(value: str) -> str:
    return quote_plus(value)


@lru_cache(maxsize=1)
def _queue() -> str:
    return reverse("queue")


@register.simple_tag
def value(cell: Cell, unit: Unit, may_read: bool) -> SafeString:
    """Return a cell's value as a person reads it, with the link to its cases for who may read them."""
    words = written.written(cell.value, unit)
    if not (cell.cases and may_read):
        return format_html("{}", words)
    return format_html('<a href="{}">{}</a>', address(cell.cases), words)


@register.filter
def share_in_words(share: Share) -> str:
    """Return a share as a person reads it, without what it is of."""
    return written.written(share, Unit.SHARE)
