"""The files of a week at their addresses: who gets them, for what scope, and that their numbers are the page's."""

import csv
import html
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from reviews.reports.scope import Scope
from reviews.reports.table import Unit
from reviews.reports.week import report_of
from reviews.reports.weeks import current_week, week_name
from tests.cases import ANSWER, QUESTION, body, held_case, report

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
# After the address of a week.
PARTS_OF_THE_PAGE = ("", "people/", "blocked/")


@pytest.fixture
def week() -> date:
    """A week that is over, with runs of two pipelines."""
    then = timezone.now() - timedelta(weeks=1)
    held_case(now=then)
    report(response=body("end_turn", text=ANSWER), question="An ordinary question.", now=then)
    held_case(question="Another.", pipeline="letters", topic="post", category="bio", now=then)
    return current_week(now=then)


def addresses(week: date) -> list[str]:
    of_week = f"/reports/{week_name(week)}"
    tables = f"{of_week}/tables/declines-by-code"
    return [f"{of_week}.pdf", f"{of_week}.xlsx", f"{tables}.csv", f"{tables}.xlsx"]


def read(client: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address).content.decode("utf-8-sig"))))


def test_a_viewer_takes_every_file_as_a_download(week: date, viewer: User, client_as: SignIn) -> None:
    client = client_as(viewer)
    for address, begins in zip(addresses(week), (b"%PDF", b"PK", b"\xef\xbb\xbf", b"PK"), strict=True):
        response = client.get(address)
        assert response.status_code == 200, address
        assert response.content.startswith(begins)
        assert response["Content-Disposition"].startswith('attachment; filename="refusalhub-20')
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"] == "private, no-cache"


def test_strangers_are_led_to_the_login_and_people_without_a_role_turned_away(
    week: date, outsider: User, client: Client, client_as: SignIn
) -> None:
    for address in addresses(week):
        assert client.get(address)["Location"].startswith("/login/?next=")
        assert client_as(outsider).get(address).status_code == 403


def test_no_file_holds_a_text(week: date, lead: User, client_as: SignIn) -> None:
    for address in addresses(week):
        whole = client_as(lead).get(address).content
        if whole.startswith(b"PK"):
            archive = zipfile.ZipFile(io.BytesIO(whole))
            whole = b"".join(archive.read(name) for name in archive.namelist())
        assert QUESTION.encode() not in whole


def test_every_table_of_the_week_is_at_its_address_with_the_numbers_of_the_page(
    week: date, viewer: User, client_as: SignIn
) -> None:
    client = client_as(viewer)
    parts = [client.get(f"/reports/{week_name(week)}/{part}").content.decode() for part in PARTS_OF_THE_PAGE]
    page = html.unescape("".join(parts))
    for table in report_of(week, now=timezone.now()).tables:
        rows = read(client, f"/reports/{week_name(week)}/tables/{table.name}.csv")
        assert len(rows) == len(table.rows) + bool(table.total), table.name
        assert table.title in page
        for row, cells in zip(rows, table.rows, strict=False):
            for column, cell in zip(table.columns, cells, strict=True):
                if column.unit == Unit.COUNT and isinstance(cell.value, int):
                    assert row[column.name] == str(cell.value)


def test_a_scope_counts_that_pipeline_or_topic_alone(week: date, viewer: User, client_as: SignIn) -> None:
    client = client_as(viewer)
    address = f"/reports/{week_name(week)}/tables/declines-by-code.csv"
    assert {row["code"] for row in read(client, address)} >= {"CYBER", "BIO"}
    of_letters = {row["code"] for row in read(client, f"{address}?pipeline=letters")}
    assert "BIO" in of_letters and "CYBER" not in of_letters
    assert "BIO" not in {row["code"] for row in read(client, f"{address}?topic=buildings")}
    name = client.get(f"{address}?pipeline=letters")["Content-Disposition"]
    assert name.endswith('-letters-declines-by-code.csv"')


def test_what_has_not_changed_is_not_made_again(week: date, viewer: User, client_as: SignIn) -> None:
    client = client_as(viewer)
    address = f"/reports/{week_name(week)}/tables/declines-by-code.csv"
    tag = client.get(address)["ETag"]
    again = client.get(address, HTTP_IF_NONE_MATCH=tag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    held_case(question="One more.", now=timezone.now() - timedelta(weeks=1))
    assert client.get(address, HTTP_IF_NONE_MATCH=tag).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/reports/2026-W60.pdf",
        "/reports/1999-W01.pdf",
        "/reports/9999-W01.pdf",
        "/reports/{week}.csv",
        "/reports/{week}/tables/nothing.csv",
        "/reports/{week}/tables/endings.pdf",
        "/reports/{week}.pdf?pipeline=nobody",
        "/reports/{week}.pdf?topic=nothing",
        "/reports/{week}.pdf?topic=%00",
    ],
)
def test_what_is_not_there_is_not_found(address: str, week: date, viewer: User, client_as: SignIn) -> None:
    assert client_as(viewer).get(address.format(week=week_name(week))).status_code == 404


def test_the_page_of_the_week_leads_to_its_files(week: date, viewer: User, client_as: SignIn) -> None:
    client = client_as(viewer)
    pages = [
        client.get(f"/reports/{week_name(week)}/{part}?pipeline=letters").content.decode()
        for part in PARTS_OF_THE_PAGE
    ]
    page = "".join(pages)
    found = re.findall(r'href="(/reports/[^"]+[.](?:pdf|xlsx|csv)[^"]*)"', page)
    # A table without a row is no file worth a link.
    narrowed = report_of(week, scope=Scope(pipeline="letters"), now=timezone.now())
    assert len(found) == 2 + 2 * sum(bool(table.rows) for table in narrowed.tables)
    for address in found:
        assert html.unescape(address).endswith("?pipeline=letters")
        assert client.get(html.unescape(address)).status_code == 200, address
