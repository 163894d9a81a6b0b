"""The cells of a report's table in a template: `{% include "reviews/_table.html" with table=table %}`.

The rows are put together here and not by a template each: a page has two thousand cells.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache, reduce
from operator import add
from typing import NamedTuple
from urllib.parse import quote_plus

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from reviews import queue
from reviews.reports import written
from reviews.reports.rates import Share
from reviews.reports.table import Cell, Column, Table, Unit, Value

register = template.Library()


@register.filter
def is_number(column: Column) -> bool:
    """Whether a column's values are set to the right."""
    return column.unit not in (Unit.TEXT, Unit.DATE)


class _Markup(NamedTuple):
    """The markup that stands between what is escaped."""

    # By whether a cell heads its row, and whether it is a number: what stands around its value.
    around: dict[tuple[bool, bool], tuple[SafeString, SafeString]]
    link: tuple[SafeString, SafeString, SafeString]
    ampersand: SafeString


def trusted_markup() -> _Markup:
    """Return it. Here alone markup is trusted as it stands, and all of it is written out (`tests/test_markup.py`)."""
    return _Markup(
        around={
            (True, True): (SafeString('<th scope="row" class="num">'), SafeString("</th>")),
            (True, False): (SafeString('<th scope="row">'), SafeString("</th>")),
            (False, True): (SafeString('<td class="num">'), SafeString("</td>")),
            (False, False): (SafeString("<td>"), SafeString("</td>")),
        },
        link=(SafeString('<a href="'), SafeString('">'), SafeString("</a>")),
        ampersand=SafeString("&amp;"),
    )


_MARKUP = trusted_markup()


@register.simple_tag
def rows(table: Table, may_read: bool) -> SafeString:
    """Return the rows of a table, the first cell of each as its heading; with links to the cases for who may read."""
    under = _under(table.columns)
    body = format_html_join("", "<tr>{}</tr>\n", ((_cells(row, under, may_read),) for row in table.rows))
    if table.total is None:
        return format_html("<tbody>{}</tbody>", body)
    total = _cells(table.total, under, may_read)
    return format_html("<tbody>{}</tbody><tfoot><tr>{}</tr></tfoot>", body, total)


@register.simple_tag
def cells(table: Table, row: tuple[Cell, ...], may_read: bool, leads_to: str = "") -> SafeString:
    """Return the cells of one row, whose heading leads to an address where it has one."""
    under = _under(table.columns)
    if not leads_to:
        return _cells(row, under, may_read)
    words = written.written(row[0].value, under[0].unit)
    heading = format_html('<th scope="row"><a href="{}">{}</a></th>', leads_to, words)
    return heading + _cells(row[1:], under[1:], may_read)


class _Under(NamedTuple):
    """What the cells of a column have in common."""

    heads: bool
    is_number: bool
    unit: Unit
    language: str


def _under(columns: Sequence[Column]) -> list[_Under]:
    language = get_language() or ""
    return [_Under(not at, is_number(one), one.unit, language) for at, one in enumerate(columns)]


def _cells(row: tuple[Cell, ...], under: list[_Under], may_read: bool) -> SafeString:
    written_out = (
        _linked(cell.value, below, tuple(cell.cases.items()))
        if cell.cases and may_read
        else _plain(cell.value, below)
        for cell, below in zip(row, under, strict=True)
    )
    return reduce(add, written_out, SafeString())


# Most cells of a page are the same few small numbers, and the next reader's cells are the same altogether: they are
# put together once. Typed: 1 is written otherwise than 1.0.
@lru_cache(maxsize=8192, typed=True)
def _plain(value: Value, under: _Under) -> SafeString:
    """Return a cell without a link."""
    opened, shown, closed = _parts(value, under)
    return opened + shown + closed


@lru_cache(maxsize=8192, typed=True)
def _linked(value: Value, under: _Under, cases: tuple[tuple[str, str], ...]) -> SafeString:
    """Return a cell that leads to its cases."""
    opened, shown, closed = _parts(value, under)
    before, between, after = _MARKUP.link
    return opened + before + address(dict(cases)) + between + shown + after + closed


@lru_cache(maxsize=8192, typed=True)
def _parts(value: Value, under: _Under) -> tuple[SafeString, SafeString, SafeString]:
    """Return what a cell shows of a value, and what stands before and after it."""
    opened, closed = _MARKUP.around[under[:2]]
    if said := written.basis(value):
        closed = format_html(' <small class="soft">{}</small>', said) + closed
    return opened, format_html("{}", written.written(value, under.unit)), closed


def address(cases: Mapping[str, str]) -> SafeString:
    """Return the address of the cases that a filter of the queue finds, escaped."""
    first, *others = (_parameter(*one) for one in cases.items())
    return reduce(lambda address, one: address + _MARKUP.ampersand + one, others, _queue() + first)


@lru_cache(maxsize=4096)
def _parameter(name: str, value: str) -> SafeString:
    return format_html("{}={}", name, quote_plus(value))


@lru_cache(maxsize=1)
def _queue() -> SafeString:
    return format_html("{}?", reverse("queue"))


@register.filter
def counted(n: int) -> str:
    """Return a count of cases as people read it: beyond what lists count it is "1,000+"."""
    return queue.shown(n)


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
