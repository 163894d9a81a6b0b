"""The pages of managers: over-refusal, changes at the source, the meeting. Who sees what, who may do what."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pipelines.models import Pipeline
from pipelines.models.run import week_of
from reviews.compose import Context
from reviews.decide import settle
from reviews.models import Action, Case, Kind, MeetingRecord, StandingChange
from reviews.reports.weeks import WEEK, week_name
from tests.cases import ANSWER, QUESTION, body, held_case, report
from tests.signing_in import reissued

pytestmark = pytest.mark.django_db
CONTEXT = Context(purpose="For the staff of the hall.", background="The hall asked for it itself.")
Clients = Callable[[User], Client]


def this_week() -> str:
    return week_name(week_of(timezone.localdate()))


def last_week() -> str:
    return week_name(week_of(timezone.localdate()) - WEEK)


def address(*more: str, week: str = "") -> str:
    return "/".join(["/meeting", week or this_week(), *more, ""])


def over(*more: str) -> str:
    """The address of the meeting about the last week that is over: one that can be closed."""
    return address(*more, week=last_week())


@pytest.fixture
def filled(reviewer: User) -> Case:
    """Three cases with the same context, one that was upheld, one that waits, and an ok run; the value waits."""
    for n in range(3):
        case = held_case(question=f"{QUESTION} {n}")
        reissued(case, asked=CONTEXT, by=reviewer, now=timezone.now(), reuse_seen=True)
    upheld = held_case(question="A question of biology.", category="bio")
    settle(case_id=upheld.pk, version=1, kind=Kind.UPHOLD, reason="Right.", by=reviewer, now=timezone.now())
    report(response=body("end_turn", text=ANSWER), question="An ordinary question.")
    return held_case(question="One that waits.")


@pytest.fixture
def change(filled: Case, reviewer: User, client_as: Clients) -> StandingChange:
    due = timezone.localdate() + timedelta(days=7)
    sent = {
        "pipeline": filled.pipeline_id, "title": "Say whose notices they are.", "words": "Words of the context.",
        "owner": reviewer.pk, "due": due.isoformat(),
    }  # fmt: skip
    assert client_as(reviewer).post("/changes/new/", sent).status_code == 302
    return StandingChange.objects.get()


def page(client: Client, where: str) -> str:
    answer = client.get(where)
    assert answer.status_code == 200, where
    return unescape(answer.content.decode())


def test_upheld_stands_beside_answered_with_the_same_weight(
    filled: Case, viewer: User, client_as: Clients
) -> None:
    shown = page(client_as(viewer), "/over-refusal/")
    numbers = shown.partition('<dl class="numbers">')[2].partition("</dl>")[0]
    assert re.findall(r"<dt>(.+?)</dt><dd>([0-9.]+)\s%", numbers) == [
        ("Answered once context was given", "0.0"),
        ("Upheld", "100.0"),
    ]
    assert numbers.count("of 1 reviewed; 95 % interval") == 2
    assert "is a lower bound of over-refusal" in shown


def test_contexts_are_listed_for_readers_alone(
    filled: Case, viewer: User, reviewer: User, client_as: Clients
) -> None:
    at = "/over-refusal/again/"
    assert at in page(client_as(reviewer), "/over-refusal/")
    assert CONTEXT.background in page(client_as(reviewer), at)
    part = client_as(reviewer).get(at, headers={"hx-request": "true"}).content.decode()
    assert CONTEXT.background in part and "<html" not in part
    assert at not in page(client_as(viewer), "/over-refusal/")
    assert client_as(viewer).get(at).status_code == 403


def test_a_context_fills_the_form_of_a_change_at_the_source(
    filled: Case, reviewer: User, client_as: Clients
) -> None:
    client = client_as(reviewer)
    shown = page(client, "/over-refusal/again/")
    link = shown.partition('href="/changes/new/?reissue=')[2].partition('"')[0]
    form = page(client, f"/changes/new/?reissue={link}")
    assert CONTEXT.background in form
    sent = {
        "pipeline": filled.pipeline_id, "title": "t", "words": "w", "owner": reviewer.pk, "due": "2030-01-01"
    }  # fmt: skip
    client.post(f"/changes/new/?reissue={link}", sent)
    assert StandingChange.objects.get().context_digest


@pytest.mark.parametrize(
    "query", ["pipeline=nothing", "topic=-", "code=BIO", "until=2020-W01", "until=x", "code=%00"]
)
def test_any_address_of_the_report_shows_one(
    query: str, filled: Case, viewer: User, client_as: Clients
) -> None:
    page(client_as(viewer), f"/over-refusal/?{query}")
    assert client_as(viewer).get(f"/over-refusal/chart/?{query}").status_code in (200, 204)


def test_a_point_of_the_chart_leads_whoever_reads_texts_to_its_cases(
    filled: Case, reviewer: User, client_as: Clients
) -> None:
    svg = client_as(reviewer).get(f"/over-refusal/chart/?code={filled.code}").content.decode()
    (address,) = set(re.findall(r'href="http://testserver([^"]+)"', unescape(svg)))
    assert f"code={filled.code}" in address
    assert filled.get_absolute_url() in page(client_as(reviewer), address)


def test_the_chart_holds_no_style_and_for_a_viewer_no_link_and_marks_what_happened(
    change: StandingChange, reviewer: User, viewer: User, client_as: Clients
) -> None:
    sent = {"version": 1, "state": "done", "done_on": timezone.localdate().isoformat()}
    client_as(reviewer).post(f"/changes/{change.pk}/settle/", sent)
    answer = client_as(viewer).get("/over-refusal/chart/")
    assert answer["Content-Type"] == "image/svg+xml"
    svg = answer.content.decode()
    assert "Say whose notices they are." in svg
    assert "currentColor" in svg
    assert "style=" not in svg
    assert "href" not in svg


def test_a_viewer_sees_a_changes_title_and_not_its_words(
    change: StandingChange, viewer: User, reviewer: User, client_as: Clients
) -> None:
    for where in ("/changes/", f"/changes/{change.pk}/", address()):
        shown = page(client_as(viewer), where)
        assert change.title in shown
        assert "Words of the context" not in shown
        assert "/edit/" not in shown
    edited = {"title": "New", "words": "Other words", "owner": reviewer.pk, "due": "2030-01-01", "version": 1}
    assert client_as(reviewer).post(f"/changes/{change.pk}/edit/", edited).status_code == 302
    assert "Other words" in page(client_as(reviewer), f"/changes/{change.pk}/")
    hidden = page(client_as(viewer), f"/changes/{change.pk}/")
    assert "New" in hidden
    assert "Words of the context" not in hidden
    assert "Other words" not in hidden


def test_a_change_is_edited_and_settled_by_its_owner_or_a_lead(
    change: StandingChange, reviewer: User, other_reviewer: User, lead: User, viewer: User, client_as: Clients
) -> None:
    done = {"version": 1, "state": "done", "done_on": timezone.localdate().isoformat()}
    for stranger in (other_reviewer, viewer):
        assert client_as(stranger).post(f"/changes/{change.pk}/settle/", done).status_code == 403
        assert client_as(stranger).get(f"/changes/{change.pk}/edit/").status_code == 403
    assert client_as(viewer).get("/changes/new/").status_code == 403
    assert (
        client_as(reviewer).post(f"/changes/{change.pk}/settle/", done | {"done_on": ""}).status_code == 422
    )
    assert client_as(lead).post(f"/changes/{change.pk}/settle/", done).status_code == 302
    assert client_as(reviewer).post(f"/changes/{change.pk}/settle/", done).status_code == 409
    shown = page(client_as(viewer), "/changes/?state=done")
    assert "too early" in shown
    stale = {"title": "t", "words": "w", "owner": reviewer.pk, "due": "2030-01-01", "version": 1}
    assert client_as(reviewer).post(f"/changes/{change.pk}/edit/", stale).status_code == 422
    assert client_as(reviewer).post("/changes/new/", {}).status_code == 422


def test_the_meeting_shows_links_to_readers_and_numbers_to_viewers(
    filled: Case, viewer: User, reviewer: User, client_as: Clients
) -> None:
    read = page(client_as(reviewer), address())
    assert f'<a href="/cases/{filled.pk}/">#{filled.pk}</a>' in read
    assert "/queue/?" in read
    seen = page(client_as(viewer), address())
    assert f"#{filled.pk}" in seen
    assert "/cases/" not in seen
    assert "/queue/?" not in seen
    assert QUESTION not in seen + read
    assert "take-on" not in seen
    assert "Close the meeting" not in seen


def test_a_line_is_taken_on_and_settled(
    filled: Case, reviewer: User, viewer: User, client_as: Clients
) -> None:
    client, owner = client_as(reviewer), client_as(viewer)
    take = f"{address('take-on')}?line=case/{filled.pk}"
    assert f"Oldest held: #{filled.pk}, notices" in page(client, take)
    sent = {"note": "Ask the hall.", "owner": viewer.pk, "due": "2030-01-01"}
    assert client.post(take, sent | {"note": ""}).status_code == 422
    assert client.post(take, sent).status_code == 302
    assert client.get(f"{address('take-on')}?line=case/0").status_code == 404
    assert owner.get(take).status_code == 403
    action = Action.objects.get()
    assert "Ask the hall." in page(owner, address())
    assert (
        owner.post(f"/actions/{action.pk}/done/", {"next": "https://elsewhere.example/"})["Location"]
        == address()
    )
    assert client.post(f"/actions/{action.pk}/dropped/", follow=True).status_code == 200
    action.refresh_from_db()
    assert (action.state, action.settled_by) == ("done", viewer)


def test_a_closed_meeting_is_shown_as_it_was_and_links_to_today(
    filled: Case, reviewer: User, other_reviewer: User, viewer: User, client_as: Clients
) -> None:
    client = client_as(reviewer)
    assert client_as(viewer).get(over("record.json").rstrip("/")).status_code == 404
    assert client_as(viewer).post(over("close")).status_code == 403
    client.post(over("close"))
    for again in (client_as(other_reviewer).post, client_as(other_reviewer).get):
        told = again(over("close"), follow=True).content.decode()
        assert "reviewer has closed the meeting about" in unescape(told)
    for n in range(5):
        held_case(question=f"Later {n}.", category="frontier_llm", now=timezone.now() - WEEK)
    seen = page(client_as(viewer), over())
    assert "by reviewer: these are the numbers as they stood." in seen
    assert "FRONTIER_LLM" not in seen
    assert "FRONTIER_LLM" in page(client_as(viewer), f"{over()}?today")
    assert "Take on" not in page(client, over())
    answer = client_as(viewer).get(over("record.json").rstrip("/"))
    record = MeetingRecord.objects.get()
    assert hashlib.sha256(answer.content).hexdigest() == record.digest
    assert answer["Content-Disposition"] == f'attachment; filename="meeting-{last_week()}.json"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_closing_asks_first_and_waits_until_the_week_is_over(
    filled: Case, reviewer: User, viewer: User, client_as: Clients
) -> None:
    client = client_as(reviewer)
    early = page(client, address())
    assert "Close the meeting" not in early
    first_day = week_of(timezone.localdate()) + WEEK
    assert f"its meeting can be closed from {first_day} on." in early
    for try_it in (client.get, client.post):
        told = try_it(address("close"), follow=True).content.decode()
        assert f"{this_week()} runs until {first_day - timedelta(days=1)}" in told
    assert f'href="{over("close")}"' in page(client, over())
    assert "It cannot be opened again" in page(client, over("close"))
    assert client_as(viewer).get(over("close")).status_code == 403
    assert not MeetingRecord.objects.exists()
    assert client.post(over("close"))["Location"] == over()
    assert MeetingRecord.objects.count() == 1


@pytest.mark.parametrize("name", ["2026-W60", "x", "9999-W01", "1999-W01"])
def test_a_week_that_is_none_or_has_not_begun_is_not_found(name: str, lead: User, client_as: Clients) -> None:
    for where in (f"/meeting/{name}/", f"/meeting/{name}/record.json", f"/meeting/{name}/take-on/"):
        assert client_as(lead).get(where).status_code == 404
    assert client_as(lead).post(f"/meeting/{name}/close/").status_code == 404


def test_the_meeting_leads_to_the_last_week_that_is_over(viewer: User, client_as: Clients) -> None:
    last = week_name(week_of(timezone.localdate()) - WEEK)
    assert client_as(viewer).get("/meeting/")["Location"] == f"/meeting/{last}/"


def test_the_pages_ask_as_much_for_many_as_for_few(
    change: StandingChange,
    reviewer: User,
    client_as: Clients,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    Pipeline.objects.create(slug="another", title="Another")
    client = client_as(reviewer)
    for where, most in (("/over-refusal/", 25), ("/changes/", 14), (address(), 35)):
        client.get(where)
        with django_assert_max_num_queries(most):
            client.get(where)


def test_todays_numbers_of_a_closed_meeting_offer_no_files_of_what_it_saw(
    lead: User, client_as: Clients
) -> None:
    held_case()
    client, where = client_as(lead), address(week=last_week())
    assert ".csv" in page(client, where)
    client.post(address("close", week=last_week()))
    assert ".csv" in page(client, where)
    assert ".csv" not in page(client, f"{where}?today")
