"""The report over HTTP: a key sees its own pipeline, a person what they may, and both the numbers of the page."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from pipelines.keys import create_key
from pipelines.models import Pipeline
from reviews.reports.weeks import current_week, week_name
from tests.cases import QUESTION, held_case

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def week() -> date:
    """A week that is over, with declines of two pipelines."""
    then = timezone.now() - timedelta(weeks=1)
    held_case(now=then)
    held_case(question="Another.", pipeline="letters", topic="post", category="bio", now=then)
    held_case(question="A third.", pipeline="letters", topic="post", category="bio", now=then)
    return current_week(now=then)


def key_of(slug: str) -> dict[str, str]:
    key = create_key(pipeline=Pipeline.objects.get(slug=slug), now=timezone.now())
    return {"HTTP_AUTHORIZATION": f"Bearer {key}"}


def address(week: date, more: str = "") -> str:
    return f"/api/v1/reports/weeks/{week_name(week)}{more}"


def got(client: Client, path: str, **headers: str) -> Any:
    response = client.get(path, **headers)  # type: ignore[arg-type]  # headers
    assert response.status_code == 200, response.content
    return response.json()


def test_a_key_sees_its_own_pipelines_numbers_and_no_trace_of_another(week: date, client: Client) -> None:
    whole = got(client, address(week), **key_of("letters"))
    assert whole["pipeline"] == "letters"
    said = json.dumps(whole)
    assert "BIO" in said
    for other in ("notices", "Notices", "CYBER", "buildings", QUESTION):
        assert other not in said, other


def test_a_key_that_asks_for_another_pipeline_is_refused(week: date, client: Client) -> None:
    headers = key_of("letters")
    refused = client.get(address(week, "?pipeline=notices"), **headers)  # type: ignore[arg-type]  # headers
    assert refused.status_code == 403
    assert refused.json() == {"detail": "This key speaks for letters and sees its numbers alone."}
    assert got(client, address(week, "?pipeline=letters"), **headers)["pipeline"] == "letters"
    assert got(client, address(week, "?topic=post"), **headers)["topic"] == "post"


def test_nobody_and_people_without_the_right_get_no_number(
    week: date, outsider: User, viewer: User, client: Client, client_as: SignIn
) -> None:
    assert client.get(address(week)).status_code == 401
    assert client.get(address(week), HTTP_AUTHORIZATION="Bearer rh_made-up").status_code == 401
    assert client_as(outsider).get(address(week)).status_code == 403
    signed_in = client_as(viewer)
    User.objects.filter(pk=viewer.pk).update(is_active=False)
    assert signed_in.get(address(week)).status_code == 401


def test_a_viewer_sees_all_numbers_and_narrows_them_down(week: date, viewer: User, client_as: SignIn) -> None:
    client = client_as(viewer)
    whole = got(client, address(week))
    assert (whole["week"], whole["over"], whole["pipeline"]) == (week_name(week), True, None)
    assert {"CYBER", "BIO"} <= {row["code"] for row in by_name(whole, "declines-by-code")["rows"]}
    narrowed = got(client, address(week, "?pipeline=letters"))
    assert {row["code"] for row in by_name(narrowed, "declines-by-code")["rows"]} == {"BIO"}


def by_name(whole: Any, name: str) -> Any:
    return next(table for table in whole["tables"] if table["name"] == name)


def test_a_table_is_the_same_by_itself_and_in_the_csv(week: date, viewer: User, client_as: SignIn) -> None:
    client = client_as(viewer)
    whole = got(client, address(week))
    for table in whole["tables"]:
        alone = got(client, address(week, f"/tables/{table['name']}"))["table"]
        assert alone == table
        content = client.get(f"/reports/{week_name(week)}/tables/{table['name']}.csv").content
        flat = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        assert len(flat) == len(table["rows"]) + bool(table["total"])
        for row, line in zip(table["rows"], flat, strict=False):
            for column in table["columns"]:
                if column["unit"] == "share" and row[column["name"]]:
                    share = row[column["name"]]
                    assert str(share["part"]) == line[f"{column['name']}_part"]
                    assert str(share["n"]) == line[f"{column['name']}_n"]
                elif column["unit"] == "count" and row[column["name"]] is not None:
                    assert str(row[column["name"]]) == line[column["name"]]


def test_every_share_says_part_n_and_interval(week: date, viewer: User, client_as: SignIn) -> None:
    rate = by_name(got(client_as(viewer), address(week)), "endings")["rows"][0]["decline"]
    assert (rate["part"], rate["n"], rate["percent"]) == (3, 3, 100.0)
    assert rate["interval"][0] == pytest.approx(43.85, abs=0.01)
    assert rate["interval"][1] == 100.0


def test_the_words_are_english_whatever_the_person_reads(week: date, viewer: User, client_as: SignIn) -> None:
    german = client_as(viewer).get(address(week), HTTP_ACCEPT_LANGUAGE="de").json()
    english = client_as(viewer).get(address(week), HTTP_ACCEPT_LANGUAGE="en").json()
    assert german["tables"] == english["tables"]


def test_an_etag_saves_the_repetition(week: date, client: Client) -> None:
    headers = key_of("letters")
    first = client.get(address(week), **headers)  # type: ignore[arg-type]  # headers
    again = client.get(address(week), HTTP_IF_NONE_MATCH=first["ETag"], **headers)  # type: ignore[arg-type]
    assert (again.status_code, again.content) == (304, b"")
    held_case(question="A fourth.", pipeline="letters", now=timezone.now() - timedelta(weeks=1))
    changed = client.get(address(week), HTTP_IF_NONE_MATCH=first["ETag"], **headers)  # type: ignore[arg-type]
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("2026-W60", "2026-W60 is no week of its year"),
        ("last", "'last' is no name of a week, such as 2026-W47"),
        ("2099-W01", "2099-W01 is yet to come"),
        ("{week}/tables/nothing", "The week has no table 'nothing'."),
        ("{week}?pipeline=nobody", "There is no pipeline 'nobody'."),
        ("{week}?topic=nothing", "There is no topic 'nothing'."),
    ],
)
def test_what_is_not_there_is_named(
    asked: str, said: str, week: date, viewer: User, client_as: SignIn
) -> None:
    response = client_as(viewer).get(f"/api/v1/reports/weeks/{asked.format(week=week_name(week))}")
    assert (response.status_code, response.json()) == (404, {"detail": said})


def test_requests_of_a_key_are_limited(week: date, client: Client, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    headers = key_of("letters")
    answers = [client.get(address(week), **headers).status_code for _ in range(3)]  # type: ignore[arg-type]  # headers
    assert 429 in answers
