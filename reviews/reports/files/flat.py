"""A table with one value in each field, as CSV and XLSX want it.

A share becomes its rate, its part, its n, and the ends of its 95 % interval.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from reviews.reports.rates import Share
from reviews.reports.table import Cell, Column, Table, Unit, Value

Plain = str | int | float | date | datetime | timedelta | None

_OF_SHARE: tuple[tuple[str, Callable[[Share], Plain]], ...] = (
    ("percent", lambda share: share.percent),
    ("part", lambda share: share.part),
    ("n", lambda share: share.n),
    ("low", lambda share: share.interval[0] if share.interval else None),
    ("high", lambda share: share.interval[1] if share.interval else None),
)


def field_names(column: Column) -> list[str]:
    """Return what the fields of a column are called: its stable name, or those of a share's five."""
    if column.unit != Unit.SHARE:
        return [column.name]
    return [f"{column.name}_{name}" for name, _read in _OF_SHARE]


def fields_of(cell: Cell, column: Column) -> list[Plain]:
    """Return the values of a cell, one a field. Raises TypeError for a share outside a column of shares."""
    value: Value = cell.value
    if column.unit == Unit.SHARE:
        if isinstance(value, Share):
            return [read(value) for _name, read in _OF_SHARE]
        if value is None:
            return [None] * len(_OF_SHARE)
    if isinstance(value, Share) or (column.unit == Unit.SHARE):
        raise TypeError(f"column {column.name} holds {column.unit}, not {type(value).__name__}")
    return [value]


def header(table: Table) -> list[str]:
    """Return the names of a table's fields. Raises ValueError where two are the same."""
    names = [name for column in table.columns for name in field_names(column)]
    if len(set(names)) != len(names):
        raise ValueError(f"table {table.name}: two fields of one name among {names}")
    return names


def rows(table: Table) -> Iterator[list[Plain]]:
    """Yield the rows of a table, and its total last where it has one."""
    for row in [*table.rows, *([table.total] if table.total else [])]:
        yield [
            value
            for cell, column in zip(row, table.columns, strict=True)
            for value in fields_of(cell, column)
        ]
