"""The cells of a report's table in a template: `{% include "reviews/_table.html" with table=table %}`."""

from urllib.parse import urlencode

from django import template
from django.urls import reverse

from reviews.reports import written
from reviews.reports.table import Cell, Column, Table, Unit

register = template.Library()


@register.filter
def columns_of(row: tuple[Cell, ...], table: Table) -> list[tuple[Column, Cell]]:
    """Return each cell of a row beside its column."""
    return list(zip(table.columns, row, strict=True))


@register.filter
def in_words(cell: Cell, column: Column) -> str:
    """Return a cell's value as a person reads it."""
    return written.written(cell.value, column.unit)


@register.filter
def basis(cell: Cell) -> str:
    """Return what a cell's rate is a share of; empty where it holds no rate."""
    return written.basis(cell.value)


@register.filter
def is_number(column: Column) -> bool:
    """Whether a column's values are set to the right."""
    return column.unit not in (Unit.TEXT, Unit.DATE)


@register.filter
def cases_address(cell: Cell) -> str:
    """Return the address of the cases behind a cell; empty where no filter finds just these."""
    return f"{reverse('queue')}?{urlencode(cell.cases)}" if cell.cases else ""
