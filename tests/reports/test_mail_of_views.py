"""The Monday e-mail of a saved view: what it follows of it, what it says it does not, and how it ends."""

from collections.abc import Callable
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from reviews import saved, weekly
from reviews.models import Preferences, ReportSubscription, SavedView
from reviews.reports.scope import EVERYTHING, Scope
from reviews.subscribe import subscribe, subscribe_to_view, unsubscribe_address
from tests.reports.test_mail import parts, week

__all__ = ["week"]

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
QUERY = "?q=notice&code=BIO&pipeline=letters&sort=newest"


@pytest.fixture
def view(reviewer: User) -> SavedView:
    return saved.save(name="Letters", query=QUERY, shared=False, by=reviewer)


@pytest.fixture
def wanted(view: SavedView, reviewer: User) -> ReportSubscription:
    return subscribe_to_view(person=reviewer, view=view, now=timezone.now())


def sent(wanted: ReportSubscription, week: date) -> tuple[str, str, str]:
    """Send it; return subject, text and HTML."""
    weekly.send_report(subscription_id=wanted.pk, week=week)
    (message,) = mail.outbox
    return (str(message.subject), *parts(message))


def test_it_follows_pipeline_and_topic_names_what_it_leaves_out_and_leads_to_the_cases(
    week: date, wanted: ReportSubscription
) -> None:
    SavedView.objects.update(query="?code=BIO&pipeline=letters&topic=post&sort=newest")
    subject, plain, html = sent(wanted, week)
    assert "view “Letters” (pipeline letters, topic post)" in subject
    address = "/queue/?code=BIO&pipeline=letters&topic=post&sort=newest"
    assert "1 of 1 ok, degraded or declined" in plain
    for said in (plain, html):
        assert "The numbers follow the pipeline and the topic of the view, and not: Code." in said
        assert "Cases of the view in the queue now: 1" in said
    assert address in plain and escape(address) in html
    assert "?pipeline=letters&topic=post" in plain, "the page of the week shows the same numbers"


def test_it_names_filters_and_never_what_they_look_for(week: date, wanted: ReportSubscription) -> None:
    _subject, plain, _html = sent(wanted, week)
    note = next(line for line in plain.splitlines() if line.startswith("The numbers follow"))
    assert note.endswith("and not: Search, Code.")
    assert "Cases of the view in the queue now: 0" in plain


def test_a_view_of_which_nothing_is_left_out_needs_no_note(week: date, wanted: ReportSubscription) -> None:
    SavedView.objects.update(query="?pipeline=letters&sort=repeats")
    _subject, plain, html = sent(wanted, week)
    assert "The numbers follow" not in plain + html
    assert "Cases of the view in the queue now: 1" in plain


def test_it_is_written_in_the_persons_language(
    week: date, wanted: ReportSubscription, reviewer: User
) -> None:
    Preferences.objects.create(person=reviewer, language="de")
    _subject, _plain, html = sent(wanted, week)
    assert '<html lang="de">' in html


def test_it_follows_the_view_as_it_stands_and_ends_with_it(
    week: date, view: SavedView, wanted: ReportSubscription, reviewer: User, client_as: SignIn
) -> None:
    saved.save(name="Letters", query="?topic=post", shared=False, by=reviewer)
    wanted.refresh_from_db()
    assert wanted.scope == Scope(topic="post")
    saved.rename(view_id=view.pk, name="Post", by=reviewer)
    client = client_as(reviewer)
    assert "view “Post” (topic " in client.get("/preferences/reports/").content.decode()
    shown = client.post(f"/queue/views/{view.pk}/delete/", follow=True).content.decode()
    assert "is deleted, and its report no longer comes by e-mail." in shown
    assert not ReportSubscription.objects.exists()
    assert weekly.send_report(subscription_id=wanted.pk, week=week) is None


def test_who_reads_no_texts_any_more_gets_none(
    week: date, wanted: ReportSubscription, reviewer: User, viewer: User, client_as: SignIn
) -> None:
    other = subscribe(person=reviewer, scope=EVERYTHING, now=timezone.now())
    assert set(weekly.due(week=week, now=timezone.now())) == {wanted.pk, other.pk}
    reviewer.groups.set(viewer.groups.all())
    assert weekly.due(week=week, now=timezone.now()) == [other.pk]
    page = client_as(reviewer).get("/preferences/reports/").content.decode()
    assert "needs the right to read texts" in page


def test_a_person_asks_for_one_of_their_own_views_alone(
    view: SavedView, reviewer: User, lead: User, viewer: User, client_as: SignIn
) -> None:
    client = client_as(reviewer)
    assert "Ask for one of a saved view" in client.get("/preferences/reports/").content.decode()
    for _ in range(2):
        assert client.post("/preferences/reports/view/", {"view": view.pk}).status_code == 302
    mine = ReportSubscription.objects.get()
    assert (mine.person, mine.view) == (reviewer, view)
    page = client.get("/preferences/reports/").content.decode()
    assert "view “Letters” (pipeline letters)" in page and "and not: Search, Code." in page
    assert f'href="/queue/{escape(QUERY)}"' in page
    address = unsubscribe_address(mine).partition("/unsubscribe/")[2]
    assert "view “Letters”" in client.get(f"/unsubscribe/{address}").content.decode()
    saved.save(name="Letters", query=QUERY, shared=True, by=reviewer)
    assert client_as(lead).post("/preferences/reports/view/", {"view": view.pk}).status_code == 422
    assert client_as(viewer).post("/preferences/reports/view/", {"view": view.pk}).status_code == 403
    assert "saved view" not in client_as(lead).get("/preferences/reports/").content.decode()
    with pytest.raises(PermissionDenied):
        subscribe_to_view(person=lead, view=view, now=timezone.now())


def test_one_of_everything_and_one_of_a_view_stand_side_by_side(
    wanted: ReportSubscription, reviewer: User
) -> None:
    for _ in range(2):
        subscribe(person=reviewer, scope=EVERYTHING, now=timezone.now())
    assert ReportSubscription.objects.filter(person=reviewer).count() == 2
