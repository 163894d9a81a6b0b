"""A table of numbers: what every surface of a report (page, CSV, XLSX, PDF, e-mail, API) is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from reviews.reports.rates import Share

Value = str | int | float | date | datetime | timedelta | Share | None


class Unit(StrEnum):
    """How the values of a column are written. A column holds values of one unit, or None."""

    TEXT = "text"  # str
    COUNT = "count"  # int
    NUMBER = "number"  # float: of a count that is none, such as a median of counts
    CHANGE = "change"  # int or float, written with its sign
    SHARE = "share"  # Share: per cent, its n beside it, its interval where n is small
    PERCENT = "percent"  # float, of a hundred: a rate that is no share, such as a median of shares
    HOURS = "hours"  # float
    DURATION = "duration"  # timedelta, in the two largest units
    DATE = "date"  # date or datetime


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its stable English name, for files and the API, and its title in the reader's language."""

    name: str
    title: str
    unit: Unit = Unit.COUNT


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, and which cases stand behind it.

    `cases` is the queue's filter that finds them ({"state": "all", "week": …}); it leads there for
    those who may read texts, and is None where no filter finds just these.
    """

    value: Value
    cases: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under columns. `note` says what is counted, and of what it is a share; `empty`, what it
    means that there is no row."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]]
    note: str = ""
    total: tuple[Cell, ...] | None = field(default=None)
    empty: str = ""

    def __post_init__(self) -> None:
        for row in [*self.rows, *([self.total] if self.total else [])]:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"table {self.name}: a row of {len(row)} cells under {len(self.columns)} columns"
                )
