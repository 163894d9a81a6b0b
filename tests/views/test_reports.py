"""The report of a week: numbers with their basis, pictures with links for who may follow them."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pipelines.models import Run
from pipelines.models.run import week_of
from reviews.count import moving
from reviews.decide import settle
from reviews.models import Kind
from reviews.reports.pictures import NAMES
from reviews.reports.weeks import WEEK, week_name
from tests.cases import ANSWER, QUESTION, body, held_case, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


@pytest.fixture
def week() -> str:
    return this_week()


def this_week(*, back: int = 0) -> str:
    return week_name(week_of(timezone.localdate()) - back * WEEK)


def test_every_rate_says_what_it_is_a_share_of(client: Client) -> None:
    held_case()
    report(response=body("end_turn", text=ANSWER), question="An ordinary question.")
    page = client.get("/reports/").content.decode()
    # Wilson's interval of 1 of 2 is 9.5 to 90.5 %.
    assert "1 of 2 ok, degraded or declined; 95 % interval 9\N{EN DASH}91\xa0%" in page
    assert "1 of 1 ok, degraded or infrastructure errors" in page


def test_the_latest_week_with_runs_is_shown_first(client: Client) -> None:
    assert f"<title>Week {this_week()} " in client.get("/reports/").content.decode()
    report(response=body("end_turn", text=ANSWER), now=timezone.now() - 3 * WEEK)
    assert f"<title>Week {this_week(back=3)} " in client.get("/reports/").content.decode()


def test_a_running_week_says_that_it_is_not_over(client: Client) -> None:
    report(response=body("end_turn", text=ANSWER))
    report(response=body("end_turn", text=ANSWER), now=timezone.now() - WEEK, question="Another.")
    assert "This week still runs" in client.get(f"/reports/{this_week()}/").content.decode()
    assert "This week still runs" not in client.get(f"/reports/{this_week(back=1)}/").content.decode()


def test_a_count_leads_to_the_cases_behind_it(client: Client, week: str) -> None:
    case = held_case()
    monday = week_of(timezone.localdate()).isoformat()
    page = client.get(f"/reports/{week}/").content.decode()
    addresses = {address.replace("&amp;", "&") for address in re.findall(r'href="(/queue/\?[^"]+)"', page)}
    of_week = {address for address in addresses if "week=" in address}
    assert f"/queue/?state=all&week={monday}&code=CYBER" in of_week
    assert f"/queue/?state=all&week={monday}&counted=runs&served=claude-opus-5-5" in of_week
    for address in of_week:
        assert case.get_absolute_url() in client.get(address).content.decode(), address


@pytest.mark.parametrize(
    ("part", "table"),
    [("people", "Backlog by reason code"), ("blocked", "Hours of work blocked, by reason code")],
)
def test_what_people_did_and_what_waited_are_parts_of_the_page_for_htmx_and_else_pages(
    part: str, table: str, client: Client, week: str
) -> None:
    case = held_case()
    address = f"/reports/{week}/{part}/?pipeline={case.pipeline.slug}"
    assert (
        f'hx-get="{address}"'
        in client.get(f"/reports/{week}/?pipeline={case.pipeline.slug}").content.decode()
    )
    fetched = client.get(address, headers={"hx-request": "true"}).content.decode()
    page = client.get(address).content.decode()
    for shown in (fetched, page):
        assert table in shown and "CYBER" in shown
    assert "<html" not in fetched
    assert f"only pipeline {case.pipeline.slug}" in page and "This week still runs" in page


@pytest.mark.parametrize("chart", sorted({*NAMES} - {"rates"}))  # which is for paper
def test_a_chart_is_a_part_of_the_page_for_htmx_and_else_a_picture(
    chart: str, client: Client, week: str
) -> None:
    held_case()
    address = f"/reports/{week}/charts/{chart}/"
    assert address in client.get(f"/reports/{week}/").content.decode()
    picture = client.get(address)
    assert picture["Content-Type"] == "image/svg+xml"
    part = client.get(address, HTTP_HX_REQUEST="true")
    assert part["Content-Type"].startswith("text/html")
    svg = part.content.decode()
    assert ("http://testserver/queue/?state=all" in svg) is (chart != "success-rate")
    assert "style=" not in svg
    assert "currentColor" in svg


@pytest.mark.parametrize("chart", NAMES)
def test_a_chart_of_nothing_is_no_picture(chart: str, client: Client, week: str) -> None:
    assert client.get(f"/reports/{week}/charts/{chart}/").status_code == 204


def test_small_charts_share_a_scale_until_each_is_asked_for_its_own(client: Client, week: str) -> None:
    held_case()
    for n in range(3):
        held_case(question=f"Question {n}.", category="bio")
    page = client.get(f"/reports/{week}/").content.decode()
    assert f'href="/reports/{week}/?scale=own#by-code-each"' in page
    shared = client.get(f"/reports/{week}/charts/by-code-each/").content
    own = client.get(f"/reports/{week}/charts/by-code-each/", {"scale": "own"}).content
    assert shared != own
    page = client.get(f"/reports/{week}/", {"scale": "own"}).content.decode()
    assert f"/reports/{week}/charts/by-code-each/?scale=own" in page
    assert f'href="/reports/{week}/#by-code-each"' in page


def test_a_picture_is_drawn_once_for_the_same_data(
    client: Client, week: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_case()
    first = client.get(f"/reports/{week}/charts/by-code/").content

    def fail(*args: object, **kwargs: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr("reviews.reports.drawing.vl_convert.vegalite_to_svg", fail)
    assert client.get(f"/reports/{week}/charts/by-code/").content == first
    held_case(question="Another.")
    with pytest.raises(AssertionError, match="drawn again"):
        client.get(f"/reports/{week}/charts/by-code/")


def test_the_page_and_the_charts_of_a_viewer_hold_no_link_and_no_text(
    viewer: User, client_as: Callable[[User], Client], week: str
) -> None:
    held_case()
    client = client_as(viewer)
    shown = client.get(f"/reports/{week}/").content.decode()
    for chart in NAMES:
        shown += client.get(f"/reports/{week}/charts/{chart}/").content.decode()
    assert "/queue/" not in shown
    assert QUESTION not in shown
    assert "CYBER" in shown


def test_where_the_rules_changed_the_page_and_its_charts_say_so(client: Client, week: str) -> None:
    held_case(now=timezone.now() - WEEK)
    report(response=body("end_turn", text=ANSWER), question="An ordinary question.")
    with moving(run_ids=Run.objects.order_by("pk").values_list("pk", flat=True)[:1]) as (old,):
        Run.objects.filter(pk=old.pk).update(rules_version="2020.1")
    assert "From this week on, runs are judged by the rules" in client.get("/reports/").content.decode()
    for chart in ("by-code", "rates"):
        assert ">rules 2" in client.get(f"/reports/{week}/charts/{chart}/").content.decode()
    before = client.get(f"/reports/{this_week(back=1)}/").content.decode()
    assert "From this week on" not in before


def test_a_report_is_narrowed_down_to_a_pipeline_and_a_topic(client: Client, week: str) -> None:
    held_case()
    held_case(question="Another.", pipeline="menus", topic="kitchen", category="bio")
    page = client.get(f"/reports/{week}/", {"pipeline": "menus"}).content.decode()
    assert "BIO" in page
    assert "CYBER" not in page
    assert "only pipeline menus" in page
    for wanted in ("charts/by-code/?pipeline=menus", f"/reports/{this_week(back=1)}/?pipeline=menus"):
        assert wanted in page
    assert "pipeline=menus&amp;code=BIO" in page
    page = client.get(f"/reports/{week}/", {"topic": "buildings"}).content.decode()
    assert "BIO" not in page
    assert "only topic buildings" in page


def test_the_form_asks_for_a_week_by_its_address(client: Client) -> None:
    report(response=body("end_turn", text=ANSWER), now=timezone.now() - 3 * WEEK)
    page = client.get("/reports/").content.decode()
    for back in range(4):
        assert f'value="{this_week(back=back)}"' in page
    assert f'value="{this_week(back=4)}"' not in page
    asked = client.get("/reports/", {"week": this_week(back=2), "pipeline": "notices", "topic": ""})
    assert asked["Location"] == f"/reports/{this_week(back=2)}/?pipeline=notices"


def test_weeks_lead_to_their_neighbours_and_not_beyond_now(client: Client, week: str) -> None:
    page = client.get(f"/reports/{week}/").content.decode()
    assert f'rel="prev" href="/reports/{this_week(back=1)}/"' in page
    assert 'rel="next"' not in page
    earlier = client.get(f"/reports/{this_week(back=1)}/").content.decode()
    assert f'rel="next" href="/reports/{week}/"' in earlier
    assert 'rel="prev"' not in client.get("/reports/2000-W01/").content.decode()


def test_old_addresses_lead_to_their_week(client: Client) -> None:
    assert client.get("/reports/", {"until": "2026-03-04"})["Location"] == "/reports/2026-W10/"
    chart = client.get("/reports/charts/by-code/", {"until": "2026-03-04"})
    assert chart["Location"] == "/reports/2026-W10/charts/by-code/"


@pytest.mark.parametrize("until", ["0001-01-01", "2026-02-31", "yesterday", "9999-12-31", ""])
def test_an_old_address_without_a_sensible_day_shows_a_week_all_the_same(until: str, client: Client) -> None:
    for address in ("/reports/", "/reports/charts/by-code/"):
        assert client.get(address, {"until": until}, follow=True).status_code in (200, 204)


@pytest.mark.parametrize(
    "address",
    [
        "/reports/2026-W54/",
        "/reports/1999-W52/",
        "/reports/2026-47/",
        "/reports/9999-W01/",
        "/reports/?week=nonsense",
        "/reports/?week=2026-W00",
        "/reports/2026-W10/charts/nothing/",
        "/reports/charts/nothing/",
        "/reports/?pipeline=nothing",
        "/reports/2026-W10/?topic=nothing",
        "/reports/2026-W10/?topic=%00",
    ],
)
def test_what_names_no_week_no_chart_and_no_scope_is_not_found(address: str, client: Client) -> None:
    assert client.get(address).status_code == 404


def test_the_next_week_is_not_found_until_it_begins(client: Client) -> None:
    assert client.get(f"/reports/{this_week(back=-1)}/").status_code == 404


def test_a_report_without_a_single_run_says_so(client: Client) -> None:
    page = client.get("/reports/").content.decode()
    assert "Nothing was declined in these weeks." in page
    assert "No run was reported." in page


def test_the_report_asks_as_much_of_the_database_for_many_codes_as_for_one(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    held_case()
    client.get("/reports/")
    with CaptureQueriesContext(connection) as for_one:
        client.get("/reports/")
    few = len(for_one)
    assert few <= 24
    for n, category in enumerate(("bio", "frontier_llm")):
        held_case(
            question=f"About {category}.", category=category, topic=category.replace("_", "-"),
            pipeline=f"pipeline-{n}", now=timezone.now() - timedelta(weeks=n),
        )  # fmt: skip
    client.get("/reports/")  # reads the weeks that changed
    with django_assert_num_queries(few):
        client.get("/reports/")


def test_a_link_of_the_report_says_in_the_queue_what_it_counted(client: Client) -> None:
    held_case()
    monday = week_of(timezone.localdate()).isoformat()
    wanted = {"state": "all", "week": monday, "counted": "runs", "served": "claude-opus-5-5"}
    page = client.get("/queue/", wanted).content.decode()
    for chip in ("Counted: final runs, without re-issues", "Serving model: claude-opus-5-5"):
        assert chip in page
    assert '<input type="hidden" name="served" value="claude-opus-5-5"' in page
    without = client.get("/queue/", {"served": "claude-opus-5-5"}).content.decode()
    assert "Serving model:" not in without, "without a week it would narrow nothing"


def test_a_number_of_over_refusal_leads_to_its_cases_and_says_in_the_queue_what_it_counted(
    client: Client, reviewer: User
) -> None:
    case = held_case()
    settle(case_id=case.pk, version=1, kind=Kind.UPHOLD, reason="Right.", by=reviewer, now=timezone.now())
    never = held_case(question="One that waits.")
    page = client.get("/over-refusal/").content.decode()
    addresses = {unescape(address) for address in re.findall(r'href="(/queue/\?[^"]+)"', page)}
    assert {parse_qs(urlsplit(address).query).get("ending", [""])[0] for address in addresses} == {
        "",
        "upheld",
    }
    for address in addresses:
        listed = client.get(address).content.decode()
        assert case.get_absolute_url() in listed, address
        assert never.get_absolute_url() not in listed, address


def test_the_chips_of_a_first_outcome_are_in_words(client: Client) -> None:
    wanted = {
        "state": "all", "settled_from": "2026-03-01", "settled_until": "2026-03-08", "ending": "by_hand",
        "first_model": "-",
    }  # fmt: skip
    page = client.get("/queue/", wanted).content.decode()
    chips = (
        "First settled from: 2026-03-01", "First settled until: 2026-03-08",
        "First settled as: handled by hand", "Model first asked: none named",
    )  # fmt: skip
    for chip in chips:
        assert chip in page
    assert '<input type="hidden" name="ending" value="by_hand"' in page, "another filter keeps it"
    page = client.get("/queue/", wanted, HTTP_ACCEPT_LANGUAGE="de").content.decode()
    chips = (
        "Zuerst entschieden ab: 2026-03-01", "Zuerst entschieden bis: 2026-03-08",
        "Zuerst entschieden als: von Hand erledigt", "Zuerst angefragtes Modell: keines genannt",
    )  # fmt: skip
    for chip in chips:
        assert chip in page


def test_a_viewer_has_the_numbers_of_over_refusal_and_no_way_to_the_cases(
    viewer: User, reviewer: User, client_as: Callable[[User], Client]
) -> None:
    case = held_case()
    settle(case_id=case.pk, version=1, kind=Kind.UPHOLD, reason="Right.", by=reviewer, now=timezone.now())
    client = client_as(viewer)
    page = client.get("/over-refusal/").content.decode()
    assert re.search(r"100\.0\s%", page)
    assert "/queue/" not in page
    assert client.get("/queue/", {"state": "all", "ending": "upheld"}).status_code == 403
