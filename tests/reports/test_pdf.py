"""The PDF: what is said stands on its pages word for word, and nothing of it becomes markup."""

import json
import re
from typing import Any

import pytest
import typst
from django.utils import translation

from reviews.reports.files.pdf import TEMPLATE, pdf_of, report_data
from reviews.reports.files.pictures import Picture
from reviews.reports.report import Report
from reviews.reports.table import Column, Table, Unit
from tests.reports.tables import HOSTILE, MADE, report, row

pytestmark = pytest.mark.django_db
# What a page holds in place of a letter that no font has is up to the machine: these are in the wheel's fonts.
LATIN = [text for text in HOSTILE if text.isascii()]
SQUARE = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


def words_on(made: Report, *drawn: Picture) -> list[str]:
    """Return every piece of text that typst sets for the report, as typst itself tells."""
    whole = json.dumps(report_data(made, list(drawn)))
    found: list[str] = []
    for element in ("heading", "table"):
        told = typst.query(str(TEMPLATE), element, root=str(TEMPLATE.parent), sys_inputs={"report": whole})
        found += texts(json.loads(told))
    return found


def texts(content: object) -> list[str]:
    """Return the texts in content as typst tells it."""
    if isinstance(content, list):
        return [text for one in content for text in texts(one)]
    if isinstance(content, dict):
        own = [content["text"]] if isinstance(content.get("text"), str) else []
        return own + [text for one in content.values() if not isinstance(one, str) for text in texts(one)]
    return [content] if isinstance(content, str) else []


def test_it_is_a_tagged_pdf_with_its_title_and_language() -> None:
    made = pdf_of(report())
    assert made.startswith(b"%PDF-1.")
    assert b"/MarkInfo" in made and b"/Marked true" in made
    assert b"Week 2026-W10, all pipelines and topics" in made or "Week 2026-W10".encode("utf-16-be") in made
    assert re.search(rb"/Lang\s*\(en\)", made)
    with translation.override("de"):
        assert re.search(rb"/Lang\s*\(de\)", pdf_of(report()))


def test_hostile_names_stand_there_word_for_word() -> None:
    said = words_on(report())
    assert [text.strip() for text in LATIN if text.strip() not in map(str.strip, said)] == []


def test_numbers_stand_there_as_the_page_writes_them_with_what_they_are_a_share_of() -> None:
    said = words_on(report())
    for words in (
        "1,234",
        "\N{MINUS SIGN}3",
        "12.5\N{NO-BREAK SPACE}%",
        "n = 8, 2\N{EN DASH}47\N{NO-BREAK SPACE}%",
        "1 d 6 h",
        "\N{EM DASH}",
    ):
        assert words in said, words


def test_a_long_table_goes_on_over_pages() -> None:
    rows = [row(f"code {number}", number) for number in range(150)]
    long = report(Table("long", "Long", (Column("code", "Code", Unit.TEXT), Column("n", "n")), rows))
    whole = json.dumps(report_data(long, []))
    pages: Any = typst.compile(TEMPLATE, root=TEMPLATE.parent, sys_inputs={"report": whole}, format="svg")
    assert isinstance(pages, list)
    assert len(pages) >= 4


def test_a_chart_stands_above_the_table_of_its_numbers() -> None:
    made = report()
    data = report_data(made, [Picture("texts", "Texts", SQUARE)])
    assert [bool(table["picture"]) for table in data["tables"]] == [False, True, False]
    words_on(made, Picture("texts", "Texts", SQUARE))


def test_the_same_report_makes_the_same_file() -> None:
    assert pdf_of(report(made_at=MADE)) == pdf_of(report(made_at=MADE))
