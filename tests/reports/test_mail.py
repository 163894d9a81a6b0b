"""The e-mail of a week: what it holds, that it leaves once to whom it should, and how to be rid of it."""

import re
import smtplib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from html import unescape
from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.auth.models import Group, User
from django.core import mail, signing
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from reviews import tasks, weekly
from reviews.models import Mailing, Preferences, ReportSubscription, SentReport
from reviews.reports.mail import mail_of
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.week import report_of
from reviews.reports.weeks import WEEK, current_week, week_name
from reviews.subscribe import subscribe, subscription_of, unsubscribe_address
from tests.cases import ANSWER, QUESTION, body, held_case, report

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def week() -> date:
    """This week, with declines of two pipelines."""
    held_case()
    report(response=body("end_turn", text=ANSWER), question="An ordinary question.")
    held_case(question="Another.", pipeline="letters", topic="post", category="bio")
    return current_week(now=timezone.now())


@pytest.fixture
def wanted(viewer: User) -> ReportSubscription:
    return subscribe(person=viewer, scope=EVERYTHING, now=timezone.now())


def whole(message: Any) -> EmailMessage:
    """Return a message as whoever receives it reads it."""
    parsed = BytesParser(policy=default).parsebytes(message.message().as_bytes())
    assert isinstance(parsed, EmailMessage)
    return parsed


def parts(message: Any) -> tuple[str, str]:
    """Return the plain text and the HTML of a message."""
    read = whole(message)
    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None and html is not None
    return plain.get_content(), html.get_content()


def test_it_holds_the_numbers_as_text_and_as_html_and_the_charts_as_pictures(week: date) -> None:
    message = whole(mail_of(report_of(week, now=timezone.now()), to="you@example.org"))
    assert message.get_content_type() == "multipart/related"
    first, *pictures = message.iter_parts()
    assert first.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in first.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content_type() for part in pictures] == ["image/png", "image/png"]
    plain, html = parts(mail_of(report_of(week, now=timezone.now()), to="you@example.org"))
    shown = re.findall(r'src="cid:([^"]+)"', html)
    assert [part["Content-ID"] for part in pictures] == [f"<{cid}>" for cid in shown]
    for part in pictures:
        assert part.get_content_disposition() == "inline"
        assert part.get_content().startswith(b"\x89PNG")
    for said in (plain, unescape(html)):
        assert "2 of 3 ok, degraded or declined" in said
        assert f"/reports/{week_name(week)}/" in said
        assert f"/reports/{week_name(week)}.pdf" in said


def test_no_text_of_a_prompt_and_nothing_from_elsewhere_is_in_it(week: date) -> None:
    message = mail_of(report_of(week, now=timezone.now()), to="you@example.org")
    plain, html = parts(message)
    assert QUESTION not in plain + unescape(html)
    assert not re.search(r"<(script|style|link|iframe)|style=", html)
    assert {link.split("/")[2] for link in re.findall(r'(?:href|src)="(https?://[^"]+)"', html)} == {
        site.SITE_URL.split("/")[2]
    }


def test_a_scope_is_said_and_kept_in_every_link(week: date) -> None:
    made = report_of(week, scope=Scope(pipeline="letters"), now=timezone.now())
    plain, html = parts(mail_of(made, to="you@example.org"))
    assert "pipeline letters" in plain
    assert "1 of 1 ok, degraded or declined" in plain
    assert f"/reports/{week_name(week)}/?pipeline=letters" in plain
    assert f"/reports/{week_name(week)}.pdf?pipeline=letters" in html
    assert "CYBER" not in plain + html


def test_a_week_without_a_run_makes_a_mail_without_pictures(db: None) -> None:
    message = mail_of(report_of(date(2026, 3, 2), now=timezone.now()), to="you@example.org")
    assert [part.get_content_type() for part in whole(message).walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_without_an_address_of_the_site_no_mail_is_made(week: date, settings: Any) -> None:
    settings.SITE_URL = ""
    with pytest.raises(ImproperlyConfigured, match="SITE_URL"):
        mail_of(report_of(week, now=timezone.now()), to="you@example.org")


def test_it_leaves_once_however_often_it_is_rung_for(week: date, wanted: ReportSubscription) -> None:
    for _ in range(3):
        tasks.send_weekly_report(wanted.pk, week_name(week))
    (message,) = mail.outbox
    assert message.to == ["viewer@example.com"]
    sent = SentReport.objects.get()
    assert (sent.state, sent.week, sent.to, sent.tries) == (Mailing.SENT, week, "viewer@example.com", 1)
    assert weekly.due(week=week, now=timezone.now()) == []
    assert weekly.due(week=week + WEEK, now=timezone.now()) == [wanted.pk]


def test_a_worker_that_was_cut_off_is_shown_and_nothing_is_sent_again(
    week: date, wanted: ReportSubscription, viewer: User, client_as: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(self: EmailBackend, messages: Any) -> int:
        raise KeyboardInterrupt

    now = timezone.now()
    monkeypatch.setattr(EmailBackend, "send_messages", die)
    with pytest.raises(KeyboardInterrupt):
        weekly.send_report(subscription_id=wanted.pk, week=week)
    monkeypatch.undo()
    assert SentReport.objects.get().state == Mailing.SENDING
    assert weekly.due(week=week, now=now) == []
    assert weekly.send_report(subscription_id=wanted.pk, week=week) is None
    assert weekly.due(week=week, now=now + timedelta(hours=1)) == []
    assert SentReport.objects.get().state == Mailing.UNKNOWN
    assert weekly.send_report(subscription_id=wanted.pk, week=week) is None
    assert mail.outbox == []
    page = client_as(viewer).get("/preferences/reports/").content.decode()
    assert "nobody knows whether it was sent" in page


@pytest.mark.parametrize(
    ("step", "error", "state"),
    [
        ("open", ConnectionRefusedError("refused"), Mailing.FAILED),
        ("open", smtplib.SMTPAuthenticationError(535, b"no"), Mailing.FAILED),
        ("send_messages", smtplib.SMTPRecipientsRefused({"a": (550, b"no")}), Mailing.FAILED),
        ("send_messages", smtplib.SMTPDataError(451, b"later"), Mailing.FAILED),
        ("send_messages", smtplib.SMTPServerDisconnected("gone"), Mailing.UNKNOWN),
        ("send_messages", TimeoutError("timed out"), Mailing.UNKNOWN),
    ],
)
def test_what_is_known_not_to_have_left_is_tried_again_and_what_is_not_known_is_not(
    step: str,
    error: Exception,
    state: Mailing,
    week: date,
    wanted: ReportSubscription,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(self: EmailBackend, *args: Any) -> int:
        raise error

    monkeypatch.setattr(EmailBackend, step, fail)
    weekly.send_report(subscription_id=wanted.pk, week=week)
    sent = SentReport.objects.get()
    assert (sent.state, sent.problem) == (state, f"{type(error).__name__}: {error}")
    monkeypatch.undo()
    again = state == Mailing.FAILED
    assert weekly.due(week=week, now=timezone.now()) == ([wanted.pk] if again else [])
    weekly.send_report(subscription_id=wanted.pk, week=week)
    assert len(mail.outbox) == again
    sent.refresh_from_db()
    assert (sent.state, sent.tries) == ((Mailing.SENT, 2) if again else (Mailing.UNKNOWN, 1))


def test_a_server_that_never_takes_it_is_asked_so_often_and_no_more(
    week: date, wanted: ReportSubscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: EmailBackend) -> None:
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(EmailBackend, "open", fail)
    for _ in range(weekly.MOST_TRIES + 2):
        weekly.send_report(subscription_id=wanted.pk, week=week)
    assert SentReport.objects.get().tries == weekly.MOST_TRIES
    assert weekly.due(week=week, now=timezone.now()) == []


@pytest.mark.parametrize("loss", ["right", "account", "address", "wish"])
def test_who_may_not_or_will_not_have_it_gets_none(
    loss: str, week: date, wanted: ReportSubscription, viewer: User
) -> None:
    if loss == "right":
        viewer.groups.clear()
    elif loss == "account":
        User.objects.filter(pk=viewer.pk).update(is_active=False)
    elif loss == "address":
        User.objects.filter(pk=viewer.pk).update(email="")
    else:
        ReportSubscription.objects.update(weekly=False)
    assert weekly.due(week=week, now=timezone.now()) == []
    assert weekly.send_report(subscription_id=wanted.pk, week=week) is None
    assert not SentReport.objects.exists() and mail.outbox == []


def test_who_is_in_two_roles_gets_one(week: date, wanted: ReportSubscription, viewer: User) -> None:
    viewer.groups.add(Group.objects.get(name="lead"))
    assert weekly.due(week=week, now=timezone.now()) == [wanted.pk]


def test_it_is_in_the_persons_language(week: date, wanted: ReportSubscription, viewer: User) -> None:
    Preferences.objects.create(person=viewer, language="de")
    weekly.send_report(subscription_id=wanted.pk, week=week)
    assert '<html lang="de">' in parts(mail.outbox[0])[1]


def test_it_is_due_on_mondays_from_seven_on_in_the_zone_of_the_site() -> None:
    entry = site.CELERY_BEAT_SCHEDULE["send weekly reports"]
    assert entry["task"] == tasks.send_weekly_reports.name
    schedule = entry["schedule"]
    assert (schedule.hour, schedule.minute, schedule.day_of_week) == (set(range(7, 13)), {0}, {1})
    assert site.CELERY_TIMEZONE == site.TIME_ZONE


def test_one_click_ends_it_without_a_login_and_opening_the_address_does_not(
    week: date, wanted: ReportSubscription, client: Client
) -> None:
    weekly.send_report(subscription_id=wanted.pk, week=week)
    headers = whole(mail.outbox[0])
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = headers["List-Unsubscribe"].strip(" <>").removeprefix(site.SITE_URL)
    strict = Client(enforce_csrf_checks=True)
    page = strict.get(address)
    assert page.status_code == 200 and "every Monday" in page.content.decode()
    assert ReportSubscription.objects.get().weekly
    assert strict.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not ReportSubscription.objects.get().weekly
    assert "no more" in strict.get(address).content.decode()
    wanted.delete()
    assert "no more" in strict.post(address).content.decode()


def test_a_token_that_this_site_did_not_sign_for_this_ends_nothing(
    wanted: ReportSubscription, client: Client
) -> None:
    good = unsubscribe_address(wanted).rstrip("/").rpartition("/")[2]
    assert subscription_of(good) == wanted
    for token in (good[:-1] + ("A" if good[-1] != "A" else "B"), signing.dumps(wanted.pk), str(wanted.pk)):
        assert client.post(f"/unsubscribe/{token}/").status_code == 404
    wanted.refresh_from_db()
    assert wanted.weekly


def test_a_person_asks_for_a_scope_once_switches_it_and_removes_it(
    week: date, viewer: User, client_as: SignIn
) -> None:
    client = client_as(viewer)
    for _ in range(2):
        client.post("/preferences/reports/", {"pipeline": "letters", "topic": "-"})
    mine = ReportSubscription.objects.get()
    assert (mine.person, mine.scope, mine.weekly) == (viewer, Scope("letters", "-"), True)
    page = client.get("/preferences/reports/").content.decode()
    assert "pipeline letters, no topic" in page and "viewer@example.com" in page
    client.post(f"/preferences/reports/{mine.pk}/switch/")
    mine.refresh_from_db()
    assert not mine.weekly
    assert "switched off" in client.get("/preferences/reports/").content.decode()
    client.post(f"/preferences/reports/{mine.pk}/remove/")
    assert not ReportSubscription.objects.exists()


def test_nobody_touches_anothers_and_a_scope_that_there_is_not_is_refused(
    week: date, wanted: ReportSubscription, reviewer: User, outsider: User, client_as: SignIn
) -> None:
    for act in ("switch", "remove"):
        assert client_as(reviewer).post(f"/preferences/reports/{wanted.pk}/{act}/").status_code == 404
        assert client_as(outsider).post(f"/preferences/reports/{wanted.pk}/{act}/").status_code == 403
    assert client_as(outsider).get("/preferences/reports/").status_code == 403
    assert client_as(reviewer).post("/preferences/reports/", {"pipeline": "nobody"}).status_code == 422
    assert ReportSubscription.objects.get() == wanted


def test_the_command_sends_one_for_a_look_and_keeps_nothing(week: date) -> None:
    call_command("send_weekly_report", "--to", "you@example.org", "--week", week_name(week))
    (message,) = mail.outbox
    assert message.to == ["you@example.org"]
    assert week_name(week) in message.subject
    assert "List-Unsubscribe" not in message.extra_headers
    assert not SentReport.objects.exists()
    for bad in (["--week", "2026-W60"], ["--pipeline", "nobody"], ["--topic", "nothing"]):
        with pytest.raises(CommandError, match=bad[0]):
            call_command("send_weekly_report", "--to", "you@example.org", *bad)


def test_what_has_just_ended_is_what_monday_sends(
    week: date, wanted: ReportSubscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[int, str]] = []
    monkeypatch.setattr(tasks.send_weekly_report, "delay", lambda *asked: rung.append(asked))
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 23, 7, 0, tzinfo=UTC))
    tasks.send_weekly_reports()
    assert rung == [(wanted.pk, "2026-W47")]


MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked_at", "sent", "leaves_at"),
    [
        ("23T06:30", None, "23T07:00"),
        ("23T09:30", None, "23T10:00"),
        ("23T12:00", None, "30T07:00"),
        ("24T09:30", None, "30T07:00"),
        ("23T09:30", (Mailing.SENT, 1), "30T07:00"),
        ("23T09:30", (Mailing.UNKNOWN, 1), "30T07:00"),
        ("23T09:30", (Mailing.FAILED, 1), "23T10:00"),
        ("23T09:30", (Mailing.FAILED, weekly.MOST_TRIES), "30T07:00"),
    ],
)
def test_who_asks_on_a_monday_morning_gets_the_week_that_has_just_ended(
    asked_at: str, sent: tuple[Mailing, int] | None, leaves_at: str, wanted: ReportSubscription
) -> None:
    now, then = (datetime.fromisoformat(f"2026-11-{at}:00+00:00") for at in (asked_at, leaves_at))
    ended = current_week(now=MONDAY) - WEEK
    if sent:
        state, tries = sent
        times = {"began_at": MONDAY, "finished_at": MONDAY}
        problem = "" if state == Mailing.SENT else "No."
        SentReport.objects.create(
            subscription=wanted, week=ended, to="a@example.org", state=state, tries=tries, problem=problem, **times
        )  # fmt: skip
    assert weekly.next_mail(wanted, now=now) == then
    if then.day == MONDAY.day:
        assert weekly.due(week=ended, now=then) == [wanted.pk], "that is what the hour sends"


def test_it_is_said_when_the_next_one_leaves(
    wanted: ReportSubscription, viewer: User, client_as: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: MONDAY.replace(hour=9, minute=30))
    client = client_as(viewer)
    asked = client.post("/preferences/reports/", {"pipeline": "", "topic": ""}, follow=True)
    assert "the next one leaves on 2026-11-23 at 10:00" in asked.content.decode()
    client.post(f"/preferences/reports/{wanted.pk}/switch/")
    switched = client.post(f"/preferences/reports/{wanted.pk}/switch/", follow=True)
    assert "the next one leaves on 2026-11-23 at 10:00" in switched.content.decode()
    User.objects.update(email="")
    asked = client.post("/preferences/reports/", {"pipeline": "", "topic": ""}, follow=True)
    assert "nothing is sent until your account has an e-mail address" in asked.content.decode()


def test_what_is_on_screen_goes_along_from_the_page_of_a_week(
    week: date, lead: User, client_as: SignIn
) -> None:
    client, name = client_as(lead), week_name(week)
    page = client.get(f"/reports/{name}/?pipeline=letters&topic=post").content.decode()
    links = {
        "/preferences/reports/": "?pipeline=letters&topic=post",
        "/packet/": f"?since={name}&until={name}&pipeline=letters&topic=post",
        "/dataset/": "?pipeline=letters&topic=post",
    }
    for address, asked in links.items():
        assert f'href="{escape(address + asked)}"' in page
        chosen = client.get(address + asked)
        assert chosen.status_code == 200
        for option in ("letters", "post"):
            assert f'<option value="{option}" selected>' in chosen.content.decode()
    assert 'href="/preferences/reports/"' in client.get(f"/reports/{name}/").content.decode()
    assert "1 decline<" in client.get(f"/packet/{links['/packet/']}").content.decode()
    assert "0 declines" in client.get(f"/packet/?since={name}&topic=-").content.decode()
