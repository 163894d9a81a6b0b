"""XLSX, read back with the standard library: real numbers under real formats, texts as texts, no formula."""

import io
import re
import zipfile
from xml.etree import ElementTree

import pytest

from reviews.reports.files.xlsx import sheet_names, xlsx_of
from reviews.reports.scope import Scope
from tests.reports.tables import HOSTILE, report

pytestmark = pytest.mark.django_db
NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
HEAD = 5


class Book:
    """A workbook as the parts of its archive."""

    def __init__(self, content: bytes) -> None:
        self.archive = zipfile.ZipFile(io.BytesIO(content))

    def part(self, name: str) -> ElementTree.Element:
        return ElementTree.fromstring(self.archive.read(name))

    def sheets(self) -> list[str]:
        return [one.attrib["name"] for one in self.part("xl/workbook.xml").iterfind(".//m:sheet", NS)]

    def cells(self, number: int) -> dict[str, tuple[str, str]]:
        """Return by its place each cell's value and the pattern of its format; texts are written out."""
        found = {}
        for cell in self.part(f"xl/worksheets/sheet{number}.xml").iterfind(".//m:c", NS):
            assert cell.find("m:f", NS) is None, "a formula"
            inline = cell.find("m:is/m:t", NS)
            value = cell.find("m:v", NS)
            text = inline.text if inline is not None else value.text if value is not None else ""
            found[cell.attrib["r"]] = (text or "", self.pattern(int(cell.attrib.get("s", 0))))
        return found

    def pattern(self, style: int) -> str:
        styles = self.part("xl/styles.xml")
        custom = {
            one.attrib["numFmtId"]: one.attrib["formatCode"] for one in styles.iterfind(".//m:numFmt", NS)
        }
        used = styles.findall("m:cellXfs/m:xf", NS)[style].attrib["numFmtId"]
        return custom.get(used, used)


def test_a_sheet_for_each_table_with_title_note_and_frozen_head() -> None:
    book = Book(xlsx_of(report(scope=Scope(pipeline="museum-guide"))))
    assert book.sheets() == ["every-unit", "texts", "empty"]
    cells = book.cells(1)
    assert cells["A1"][0] == "Every unit"
    assert cells["A2"][0].startswith("Final attempts.")
    assert cells["A3"][0] == "Week 2026-W10, pipeline museum-guide. As of 2026-03-10 09:30+00:00."
    assert [cells[f"{column}{HEAD}"][0] for column in "ABDEF"] == [
        "Name",
        "Runs",
        "Decline rate",
        "Decline rate: part",
        "Decline rate: n",
    ]
    pane = book.part("xl/worksheets/sheet1.xml").find(".//m:pane", NS)
    assert pane is not None
    assert (pane.attrib["state"], pane.attrib["ySplit"]) == ("frozen", str(HEAD))


def test_numbers_rates_times_and_dates_are_what_they_are() -> None:
    cells = Book(xlsx_of(report())).cells(1)
    row = HEAD + 1
    assert cells[f"B{row}"] == ("1234", "#,##0")
    assert cells[f"C{row}"] == ("-3", "+#,##0;-#,##0;0")
    assert cells[f"D{row}"] == ("0.125", "0.0%")
    assert (cells[f"E{row}"][0], cells[f"F{row}"][0]) == ("1", "8")
    assert [round(float(cells[f"{place}{row}"][0]), 4) for place in "GH"] == [0.0224, 0.4709]
    assert cells[f"I{row}"] == ("0.125", "0.0%")
    assert float(cells[f"K{row}"][0]) * 24 == pytest.approx(30 + 5 / 60)
    assert cells[f"L{row}"] == ("46083", "yyyy-mm-dd")
    assert float(cells[f"M{row}"][0]) == pytest.approx(46091 + 9.5 / 24)
    assert f"D{row + 1}" not in cells, "no rate where nothing was counted"
    assert cells[f"A{row + 2}"][0] == "Total"


def test_every_text_is_a_text_and_comes_back_whole() -> None:
    cells = Book(xlsx_of(report())).cells(2)
    assert [cells[f"A{HEAD + 1 + place}"][0] for place in range(len(HOSTILE))] == HOSTILE


def test_nothing_of_a_workbook_leads_elsewhere() -> None:
    archive = Book(xlsx_of(report())).archive
    outside = [
        name for name in archive.namelist() if re.search("external|hyperlink|vba", name, re.IGNORECASE)
    ]
    assert outside == []


def test_sheets_have_names_that_the_format_allows_each_its_own() -> None:
    long = "declines-by-code-and-topic-and-pipeline"
    names = sheet_names([long, long, long.upper(), "a/b:c*d", "''"])
    assert len({name.lower() for name in names}) == len(names)
    assert max(map(len, names)) <= 31
    assert names[3:] == ["a-b-c-d", "-"]
