"""CSV, read back as a machine does: every value whole, nothing that a spreadsheet computes."""

import csv
import io

import pytest

from reviews.reports.files.csv import csv_of
from reviews.reports.rates import Share
from reviews.reports.table import Cell, Column, Table, Unit
from tests.reports.tables import EMPTY, EVERY_UNIT, HOSTILE, TEXTS


def read(table: Table) -> list[dict[str, str]]:
    """Return the rows as `csv` reads them."""
    return list(csv.DictReader(io.StringIO(csv_of(table).decode("utf-8-sig"), newline="")))


def test_a_share_is_five_columns_and_every_value_comes_back() -> None:
    first, nothing, total = read(EVERY_UNIT)
    assert first == {
        "name": "CYBER",
        "runs": "1234",
        "change": "-3",
        "rate_percent": "12.5",
        "rate_part": "1",
        "rate_n": "8",
        "rate_low": "2.241749145005673",
        "rate_high": "47.08881822128534",
        "median": "12.5",
        "hours": "7.25",
        "age": str(30 * 3600 + 5 * 60),
        "day": "2026-03-02",
        "moment": "2026-03-10T09:30:00+00:00",
    }
    assert (nothing["rate_percent"], nothing["rate_n"], nothing["rate_low"], nothing["age"]) == (
        "",
        "0",
        "",
        "",
    )
    assert total["name"] == "Total"


def test_the_file_says_its_encoding_and_ends_its_lines_as_the_standard_wants() -> None:
    whole = csv_of(EVERY_UNIT)
    assert whole.startswith(b"\xef\xbb\xbf")
    assert whole.count(b"\r\n") == 4
    assert whole.replace(b"\r\n", b"").count(b"\n") == 0


def test_no_text_is_taken_for_a_formula_and_no_number_is_changed() -> None:
    names = [row["name"] for row in read(TEXTS)]
    assert names[:5] == [f"'{text}" for text in HOSTILE[:5]]
    assert names[5:] == HOSTILE[5:]
    assert not [name for name in names if name[0] in "=+-@\t\r"]
    assert read(EVERY_UNIT)[0]["change"] == "-3"


def test_an_empty_table_is_its_head() -> None:
    assert csv_of(EMPTY).decode("utf-8-sig") == "n\r\n"


def test_two_fields_of_one_name_are_refused() -> None:
    columns = (Column("rate_n", "n"), Column("rate", "Rate", Unit.SHARE))
    with pytest.raises(ValueError, match="two fields of one name"):
        csv_of(Table("t", "T", columns, [(Cell(1), Cell(Share(1, 2)))]))


def test_a_number_in_a_column_of_shares_is_refused() -> None:
    with pytest.raises(TypeError, match="column rate holds share, not int"):
        csv_of(Table("t", "T", (Column("rate", "Rate", Unit.SHARE),), [(Cell(1),)]))
