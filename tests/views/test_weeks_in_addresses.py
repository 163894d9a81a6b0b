"""Every address that takes a week, at the two ends of what a calendar can say: refused, and never an error of ours."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from pipelines.models import Pipeline

pytestmark = pytest.mark.django_db
# The first of each would run out of dates a week earlier, the last a week later.
ENDS = ["0001-W01", "1999-W52", "9998-W53", "9999-W01", "9999-W52"]
PAGES = [
    "/reports/{week}/",
    "/reports/{week}/people/",
    "/reports/{week}/blocked/",
    "/reports/{week}/charts/endings/",
    "/reports/{week}/charts/rates/?scale=own",
    "/reports/{week}.pdf",
    "/reports/{week}.xlsx",
    "/reports/{week}/tables/endings.csv",
    "/reports/{week}/tables/endings.xlsx",
    "/reports/?week={week}",
    "/reports/charts/endings/?week={week}",
    "/meeting/{week}/",
    "/meeting/{week}/take-on/?line=1",
    "/meeting/{week}/record.json",
    "/api/v1/reports/weeks/{week}",
    "/api/v1/reports/weeks/{week}/tables/endings",
]
# These say what is wrong beside the field.
FORMS = ["/dataset/?until={week}", "/dataset/?since={week}", "/packet/?until={week}", "/packet/?since={week}"]
# What cannot be read there means the latest week.
LATEST = ["/over-refusal/?until={week}", "/over-refusal/again/?until={week}"]


@pytest.fixture
def client(lead: User, client_as: Callable[[User], Client]) -> Client:
    Pipeline.objects.create(slug="museum-guide", title="Museum guide")
    return client_as(lead)


@pytest.mark.parametrize("week", ENDS)
def test_a_week_at_the_end_of_the_calendar_is_refused_wherever_one_is_asked_for(
    week: str, client: Client
) -> None:
    answered = {
        address: client.get(address.format(week=week)).status_code for address in [*PAGES, *FORMS, *LATEST]
    }
    assert answered == {
        **dict.fromkeys(PAGES, 404),
        **dict.fromkeys(FORMS, 422),
        **dict.fromkeys(LATEST, 200),
    }
    for address in ("/dataset/file/", "/packet/file/"):
        assert client.post(address, {"until": week}).status_code == 422
    assert client.post(f"/meeting/{week}/close/").status_code == 404
    with pytest.raises(CommandError, match=week):
        call_command("send_weekly_report", week=week, to="lee@example.com")


@pytest.mark.parametrize("week", ["2000-W01", "9998-W52"])
def test_the_first_and_the_last_week_that_can_be_asked_for_break_nothing(week: str, client: Client) -> None:
    pages = [*PAGES, *FORMS, *LATEST, "/over-refusal/chart/?until={week}"]
    answered = {address: client.get(address.format(week=week)).status_code for address in pages}
    assert set(answered.values()) <= {200, 204, 302, 404}
    assert {answered[address] for address in FORMS} == {200}
    for address in ("/dataset/file/", "/packet/file/"):
        assert client.post(address, {"until": week}).status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_the_calendar_leads_to_a_week(day: str, client: Client) -> None:
    assert client.get(f"/reports/?until={day}").status_code == 302
    assert client.get(f"/reports/?until={day}", follow=True).status_code in (200, 404)
