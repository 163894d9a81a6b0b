"""The report as JSON: every number with what it is a share of."""

import json

import pytest

from reviews.reports.files.json import report_json, table_json
from reviews.reports.table import Cell, Column, Table
from tests.reports.tables import EVERY_UNIT, report


def test_every_share_has_numerator_denominator_and_interval() -> None:
    rate = table_json(EVERY_UNIT)["rows"][0]["rate"]
    assert (rate["percent"], rate["part"], rate["n"]) == (12.5, 1, 8)
    low, high = rate["interval"]
    assert low == pytest.approx(2.24, abs=0.01)
    assert high == pytest.approx(47.09, abs=0.01)
    nothing = table_json(EVERY_UNIT)["rows"][1]["rate"]
    assert nothing == {"percent": None, "part": 0, "n": 0, "interval": None}


def test_rows_are_objects_under_the_columns_names_and_the_whole_is_plain_json() -> None:
    whole = json.loads(json.dumps(report_json(report())))
    assert (whole["week"], whole["over"], whole["pipeline"]) == ("2026-W10", True, None)
    first = whole["tables"][0]
    assert set(first["rows"][0]) == {column["name"] for column in first["columns"]}
    assert first["rows"][0]["age"] == 30 * 3600 + 5 * 60
    assert first["rows"][0]["day"] == "2026-03-02"
    assert first["total"]["name"] == "Total"


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two fields of one name"):
        table_json(Table("t", "T", (Column("n", "n"), Column("n", "n")), [(Cell(1), Cell(2))]))
