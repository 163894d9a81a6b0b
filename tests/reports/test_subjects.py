"""The reports beside the week's, as files and over HTTP: who gets them, and that their numbers are the page's."""

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from pipelines.keys import create_key
from pipelines.models import Pipeline
from reviews import standing_changes
from reviews.decide import settle
from reviews.meeting import close
from reviews.models import Case, ChangeState, Kind, StandingChange
from reviews.patterns.evaluate import evaluate
from reviews.reports.weeks import current_week, week_name
from tests.cases import QUESTION, held_case

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]

PAGES = ["/over-refusal/", "/patterns/"]
# They name people, who are not told to keys.
NAMING = ["/changes/", "/meeting/{week}/"]


@pytest.fixture(autouse=True)
def settled(reviewer: User) -> list[Case]:
    """Cases of two pipelines that people settled, and their patterns."""
    cases = [
        held_case(),
        held_case(question="Another.", pipeline="letters", topic="post", category="bio"),
        held_case(question="A third.", pipeline="letters", topic="post", category="bio"),
    ]
    for case in cases:
        uphold(case, by=reviewer)
    evaluate(now=timezone.now())
    return cases


def uphold(case: Case, *, by: User) -> None:
    settle(
        case_id=case.pk,
        version=case.version,
        kind=Kind.UPHOLD,
        reason="It was right.",
        by=by,
        now=timezone.now(),
    )


def key_of(slug: str) -> dict[str, str]:
    key = create_key(pipeline=Pipeline.objects.get(slug=slug), now=timezone.now())
    return {"HTTP_AUTHORIZATION": f"Bearer {key}"}


def got(client: Client, path: str, **headers: str) -> Any:
    response = client.get(path, **headers)  # type: ignore[arg-type]  # headers
    assert response.status_code == 200, response.content
    return response.json()


def rows_of(client: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address).content.decode("utf-8-sig"))))


@pytest.fixture
def change(settled: list[Case], lead: User) -> StandingChange:
    """A change that is planned."""
    return standing_changes.suggest(
        pipeline=settled[0].pipeline, title="Say whose notices they are.", words="w", code="CYBER", owner=lead,
        due=timezone.localdate(), by=lead, now=timezone.now(),
    )  # fmt: skip


def api_of(page: str) -> str:
    return f"/api/v1/reports{page.rstrip('/').replace('/meeting/', '/meetings/')}"


@pytest.mark.parametrize("page", [*PAGES, *NAMING])
def test_every_table_of_the_page_is_a_file_and_the_api_has_the_same_numbers(
    page: str, change: StandingChange, viewer: User, client_as: SignIn
) -> None:
    client, page = client_as(viewer), page.format(week=week_name(current_week(now=timezone.now())))
    shown = html.unescape(client.get(page).content.decode())
    addresses = re.findall(r'href="([^"]+[.]csv[^"]*)"', shown)
    told = {table["name"]: table for table in got(client, api_of(page))["tables"]}
    assert addresses
    assert len(addresses) == len([table for table in told.values() if table["rows"]])
    for address in addresses:
        name = address.partition("/tables/")[2].partition(".csv")[0]
        flat, table = rows_of(client, address), told[name]
        assert len(flat) == len(table["rows"]) + bool(table["total"])
        for line, row in zip(flat, table["rows"], strict=False):
            counts = [column["name"] for column in table["columns"] if column["unit"] == "count"]
            assert [line[one] for one in counts] == [
                "" if row[one] is None else str(row[one]) for one in counts
            ]
        assert client.get(address.replace(".csv", ".xlsx")).content.startswith(b"PK")


@pytest.mark.parametrize("page", PAGES)
def test_a_file_and_the_api_are_narrowed_down_as_the_page_is(
    page: str, viewer: User, client_as: SignIn
) -> None:
    client = client_as(viewer)
    shown = html.unescape(client.get(f"{page}?pipeline=letters").content.decode())
    for address in re.findall(r'href="([^"]+[.]csv[^"]*)"', shown):
        assert "pipeline=letters" in address
        assert "CYBER" not in client.get(address).content.decode()
    whole, narrowed = (
        str(got(client, f"/api/v1/reports{page.rstrip('/')}{asked}")["tables"])
        for asked in ("", "?pipeline=letters")
    )
    assert "CYBER" in whole
    assert "BIO" in narrowed and "CYBER" not in narrowed


@pytest.mark.parametrize("page", PAGES)
def test_a_key_sees_its_own_pipeline_alone(page: str, client: Client) -> None:
    headers, address = key_of("letters"), f"/api/v1/reports{page.rstrip('/')}"
    told = str(got(client, address, **headers))
    assert "BIO" in told
    for other in ("CYBER", "notices", "buildings", QUESTION):
        assert other not in told, other
    refused = client.get(f"{address}?pipeline=notices", **headers)  # type: ignore[arg-type]  # headers
    assert refused.status_code == 403


@pytest.mark.parametrize("page", NAMING)
def test_what_names_people_is_for_people(
    page: str, change: StandingChange, viewer: User, client: Client, client_as: SignIn
) -> None:
    address = api_of(page.format(week=week_name(current_week(now=timezone.now()))))
    headers = key_of("letters")
    refused = client.get(address, **headers)  # type: ignore[arg-type]  # headers
    assert (refused.status_code, refused.json()) == (
        403,
        {"detail": "This report names people: no key sees it."},
    )
    assert change.title in str(got(client_as(viewer), address)["tables"])


def test_a_closed_meeting_leaves_as_it_was(
    change: StandingChange, reviewer: User, lead: User, viewer: User, client_as: SignIn
) -> None:
    now, client = timezone.now(), client_as(viewer)
    week = current_week(now=now) - timedelta(weeks=1)
    close(week=week, by=reviewer, now=now)
    before = got(client, f"/api/v1/reports/meetings/{week_name(week)}")
    standing_changes.settle(
        change_id=change.pk, version=1, state=ChangeState.DROPPED, done_on=None, by=lead, now=now
    )
    assert got(client, f"/api/v1/reports/meetings/{week_name(week)}") == before
    rows = rows_of(client, f"/meeting/{week_name(week)}/tables/changes.csv")
    assert [row["change"] for row in rows] == [change.title]
    assert rows_of(client, "/changes/tables/changes.csv?state=planned") == []


def test_changes_are_listed_by_state_and_pipeline(
    change: StandingChange, viewer: User, client_as: SignIn
) -> None:
    client = client_as(viewer)
    for asked, titles in (
        ("", [change.title]),
        ("?state=planned", [change.title]),
        ("?state=done", []),
        ("?pipeline=letters", []),
    ):
        (table,) = got(client, f"/api/v1/reports/changes{asked}")["tables"]
        assert [row["change"] for row in table["rows"]] == titles, asked


@pytest.mark.parametrize(
    "address",
    [
        "/over-refusal.xlsx",
        "/patterns.xlsx",
        "/patterns/tables/patterns.csv",
        "/changes.xlsx",
        "/meeting/2026-W02.xlsx",
    ],
)
def test_who_may_see_no_numbers_gets_no_file(
    address: str, client: Client, viewer: User, outsider: User, client_as: SignIn
) -> None:
    assert client.get(address)["Location"].startswith("/login/?next=")
    assert client_as(outsider).get(address).status_code == 403
    assert client_as(viewer).get(address).status_code == 200


def test_a_file_is_of_the_week_that_is_asked_for(viewer: User, client_as: SignIn) -> None:
    client, now = client_as(viewer), timezone.now()
    before = week_name(current_week(now=now) - timedelta(weeks=1))
    address = "/over-refusal/tables/over_refusal_by_code.csv"
    (bio, cyber, total) = rows_of(client, address)
    assert [(row["code"], row["reviewed"]) for row in (bio, cyber)] == [("BIO", "2"), ("CYBER", "1")]
    assert total["reviewed"] == "3"
    assert [row["reviewed"] for row in rows_of(client, f"{address}?until={before}")] == ["0"]
    assert f"over-refusal-{before}" in client.get(f"{address}?until={before}")["Content-Disposition"]


@pytest.mark.parametrize(
    "asked",
    [
        "over-refusal.xlsx?until=2099-W01",
        "over-refusal.xlsx?until=yesterday",
        "over-refusal/tables/nothing.csv",
        "patterns.xlsx?pipeline=nobody",
        "patterns.xlsx?code=%00",
        "api/v1/reports/patterns?state=%00",
        "api/v1/reports/over-refusal?until=2099-W01",
    ],
)
def test_what_is_not_there_is_not_found(asked: str, viewer: User, client_as: SignIn) -> None:
    assert client_as(viewer).get(f"/{asked}").status_code == 404


def test_patterns_are_listed_by_state_and_code(viewer: User, client_as: SignIn) -> None:
    client = client_as(viewer)
    for asked, codes in (("state=new", ["BIO", "CYBER"]), ("code=BIO", ["BIO"]), ("state=quiet", [])):
        (table,) = got(client, f"/api/v1/reports/patterns?{asked}")["tables"]
        assert sorted(row["code"] for row in table["rows"]) == codes, asked


def test_what_has_not_changed_is_not_told_again(viewer: User, reviewer: User, client_as: SignIn) -> None:
    client, address = client_as(viewer), "/api/v1/reports/over-refusal"
    tag = client.get(address)["ETag"]
    again = client.get(address, headers={"if-none-match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    uphold(held_case(question="A fourth."), by=reviewer)
    assert client.get(address, headers={"if-none-match": tag}).status_code == 200


def test_the_page_of_over_refusal_leads_to_the_weeks_before(viewer: User, client_as: SignIn) -> None:
    client, this = client_as(viewer), current_week(now=timezone.now())
    before = week_name(this - timedelta(weeks=1))
    page = client.get("/over-refusal/?pipeline=letters").content.decode()
    assert f'rel="prev" href="?pipeline=letters&amp;until={before}"' in page
    assert 'rel="next"' not in page
    earlier = client.get(f"/over-refusal/?until={before}").content.decode()
    assert f'rel="next" href="?until={week_name(this)}"' in earlier
    assert f'<option value="{before}" selected>' in earlier
