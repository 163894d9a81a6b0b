"""Alerts: who hears of what, once, at once or once a day; raised with what caused them and never lost."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.checks import run_checks
from django.db import IntegrityError, models, transaction
from django.test import Client, override_settings
from django.utils.html import escape
from pytest_django import Settings

from pipelines.models import Pipeline
from reviews.alerts import hooks
from reviews.alerts.hearing import choose
from reviews.alerts.saying import sentence
from reviews.alerts.send import send, sweep
from reviews.models import (
    NOT_TAKEN,
    Alert,
    AlertAttempt,
    AlertHook,
    AlertKind,
    AlertMessage,
    Failure,
    Posting,
    Preferences,
    When,
)
from reviews.patterns.evaluate import evaluate
from reviews.patterns.hush import hush
from tests.alerts.mail_server import mail_server
from tests.patterns.making import WEEK, usual_weeks, week_of_runs
from tests.receiver import Receiver, receiving
from tests.reviews.making import HOUR, NOW, answered, guarded, record

pytestmark = pytest.mark.django_db
MORNING = NOW.replace(hour=7) + timedelta(days=1)
PROMPT = "Describe the pier by night."


@pytest.fixture
def owner(outsider: User, pipeline: Pipeline) -> User:
    pipeline.owner = outsider
    pipeline.save()
    return outsider


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def hook(receiver: Receiver, lead: User) -> AlertHook:
    return hooks.add(url=receiver.url, pipeline=None, kinds=["code", "escalating"], by=lead, now=NOW)


def risky(pipeline: Pipeline, *, n: int = 1, at: datetime = NOW, now: datetime | None = None) -> None:
    """Report declines under a code that is told at once."""
    rows = [guarded(PROMPT, code="RCE_RISK", at=at, model="m-1") for _ in range(n)]
    record(pipeline, rows, now=now or at)


def send_all(*, now: datetime) -> list[str]:
    """Send what is due, and return the subjects of the mails that left."""
    before = len(mail.outbox)
    for pk in sweep(now=now):
        send(message_id=pk, clock=lambda: now)
    return [str(one.subject) for one in mail.outbox[before:]]


def test_a_chosen_code_is_told_to_leads_at_once(pipeline: Pipeline, lead: User, reviewer: User) -> None:
    risky(pipeline, n=2)
    (alert,) = Alert.objects.all()
    assert (alert.kind, alert.code, alert.count) == ("code", "RCE_RISK", 2)
    assert send_all(now=NOW) == ["RefusalHub: RCE_RISK: 2 declines (museum-guide, m-1)"]
    (sent,) = mail.outbox
    assert sent.to == [lead.email]
    assert "/patterns/?pipeline=museum-guide&code=RCE_RISK" in sent.body
    assert send_all(now=NOW + HOUR) == []


def test_another_code_is_told_to_nobody_at_once(pipeline: Pipeline, lead: User) -> None:
    record(pipeline, [guarded(PROMPT, code="PII")])
    assert not Alert.objects.exists()


def test_no_alert_holds_a_text_of_a_prompt_or_a_detail(pipeline: Pipeline, lead: User) -> None:
    risky(pipeline)
    send_all(now=NOW)
    message = AlertMessage.objects.get()
    assert PROMPT not in message.text + message.subject
    assert "by the guard" not in message.text + message.subject


def test_a_run_that_happened_long_ago_alarms_nobody(pipeline: Pipeline, lead: User) -> None:
    risky(pipeline, at=NOW - timedelta(days=30), now=NOW)
    assert not Alert.objects.exists()


def test_the_same_within_an_hour_is_counted_and_told_once_more(pipeline: Pipeline, lead: User) -> None:
    risky(pipeline)
    send_all(now=NOW)
    for minute in (5, 20, 50):
        risky(pipeline, n=2, at=NOW + timedelta(minutes=minute))
    assert [alert.count for alert in Alert.objects.all()] == [7]
    assert send_all(now=NOW + timedelta(minutes=55)) == []
    assert send_all(now=NOW + HOUR) == [
        "RefusalHub: RCE_RISK: 6 more within the hour, 7 in all (museum-guide, m-1)"
    ]
    risky(pipeline, at=NOW + HOUR)
    assert Alert.objects.count() == 2


def test_what_left_late_enough_to_count_all_is_not_told_again(pipeline: Pipeline, lead: User) -> None:
    risky(pipeline)
    risky(pipeline, n=3, at=NOW + timedelta(minutes=1))
    assert send_all(now=NOW + timedelta(minutes=2)) == [
        "RefusalHub: RCE_RISK: 4 declines (museum-guide, m-1)"
    ]
    assert send_all(now=NOW + HOUR) == []
    first, again = AlertMessage.objects.order_by("pk")
    assert (first.state, again.state) == (Posting.DELIVERED, Posting.WITHDRAWN)
    assert again.state_in_words == "not sent: nothing new to say"


def test_everything_else_waits_for_one_digest_a_day(
    pipeline: Pipeline, other_pipeline: Pipeline, lead: User, owner: User
) -> None:
    usual_weeks(pipeline)
    week_of_runs(pipeline, declines=12)
    week_of_runs(other_pipeline, declines=2)
    evaluate(now=NOW)
    assert send_all(now=NOW) == []
    assert sorted(send_all(now=MORNING)) == [
        "RefusalHub: 2 alerts: PII",
        "RefusalHub: PII escalates: 12 declines in 2026-W10, 1.5 expected (museum-guide, pier)",
    ]
    by_person = {sent.to[0]: sent.body for sent in mail.outbox}
    assert "lesson-plans" in by_person[lead.email]
    assert "lesson-plans" not in by_person[owner.email]
    assert (
        "PII escalates: 12 declines in 2026-W10, 1.5 expected (museum-guide, pier)" in by_person[owner.email]
    )
    assert send_all(now=MORNING + timedelta(days=3)) == [], "nothing has happened, so nothing is sent"


def test_what_is_new_since_the_last_minutes_of_a_week_is_told_with_the_count_of_that_week(
    pipeline: Pipeline, lead: User
) -> None:
    monday = NOW.replace(hour=0) - timedelta(days=NOW.weekday())
    week_of_runs(pipeline, declines=1, back=1)
    evaluate(now=monday)
    (alert,) = Alert.objects.all()
    assert (alert.kind, alert.declines) == (AlertKind.NEW, 1)
    assert sentence(alert) == "PII is new: 1 in 2026-W09 (museum-guide, pier)"


def test_what_happens_after_a_digest_has_left_is_in_the_next(pipeline: Pipeline, lead: User) -> None:
    week_of_runs(pipeline, declines=1)
    evaluate(now=NOW)
    send_all(now=MORNING)
    week_of_runs(pipeline, declines=1, code="CYBER")
    evaluate(now=MORNING)  # the same moment: its digest has been taken
    assert [message.day for message in AlertMessage.objects.order_by("pk")] == [
        MORNING.date(),
        MORNING.date() + timedelta(days=1),
    ]


def test_a_person_chooses_when_they_hear_of_what(pipeline: Pipeline, lead: User, owner: User) -> None:
    choose(person=lead, choices={AlertKind.CODE: When.NEVER, AlertKind.NEW: When.AT_ONCE})
    choose(person=owner, choices={AlertKind.CODE: When.AT_ONCE, AlertKind.NEW: When.NEVER})
    risky(pipeline)
    evaluate(now=NOW)
    send_all(now=NOW)
    assert sorted((one.to[0], one.subject) for one in mail.outbox) == [
        (lead.email, "RefusalHub: RCE_RISK is new: 1 in 2026-W10 (museum-guide, m-1)"),
        (owner.email, "RefusalHub: RCE_RISK: 1 decline (museum-guide, m-1)"),
    ]
    assert send_all(now=MORNING) == []


def test_what_a_person_made_quiet_alerts_nobody_until_it_grows(
    pipeline: Pipeline, lead: User, reviewer: User
) -> None:
    usual_weeks(pipeline)
    evaluate(now=NOW - WEEK)
    pattern = pipeline.patterns.get()
    hush(pattern_id=pattern.pk, by=reviewer, now=NOW - WEEK)
    week_of_runs(pipeline, declines=2)
    evaluate(now=NOW)
    assert not Alert.objects.exists()
    week_of_runs(pipeline, declines=14)
    evaluate(now=NOW + HOUR)
    assert [alert.kind for alert in Alert.objects.all()] == ["escalating"]


def test_a_pipeline_that_degrades_is_told_to_its_owner_once_a_week(pipeline: Pipeline, owner: User) -> None:
    for back in range(8, 0, -1):
        at = NOW - back * WEEK
        record(pipeline, [answered(at=at) for _ in range(29)] + [answered("", at=at)], now=at)
    evaluate(now=NOW)
    record(pipeline, [answered() for _ in range(20)] + [answered("") for _ in range(12)])
    evaluate(now=NOW)
    evaluate(now=NOW + HOUR)
    (alert,) = Alert.objects.filter(kind="degraded")
    assert (alert.declines, alert.runs) == (12, 32)
    send_all(now=MORNING)
    assert "museum-guide degrades: 12 of 32 runs in 2026-W10, 1.1 expected" in mail.outbox[0].body


@pytest.mark.parametrize("reported", [0, 14])
def test_a_week_that_degrades_is_told_once_whether_it_is_reported_in_it_or_after(
    reported: int, pipeline: Pipeline, owner: User
) -> None:
    for back in range(8, 0, -1):
        at = NOW - back * WEEK
        record(pipeline, [answered(at=at) for _ in range(29)] + [answered("", at=at)], now=at)
    sunday = NOW + timedelta(days=6)
    rows = [answered("", at=sunday) for _ in range(12)] + [answered(at=sunday) for _ in range(20)]
    for hours in range(0, 48, 2):
        now = sunday + timedelta(hours=hours)
        if hours == reported:
            record(pipeline, rows, now=now)
        evaluate(now=now)
    (alert,) = Alert.objects.filter(kind="degraded")
    assert (alert.week, alert.declines, alert.runs) == (NOW.date(), 12, 32)


def test_degraded_runs_that_are_reported_before_the_nights_others_use_up_no_alert(
    pipeline: Pipeline, owner: User
) -> None:
    for back in range(8, 0, -1):
        at = NOW - back * WEEK
        record(pipeline, [answered(at=at) for _ in range(100)] + [answered("", at=at)] * 5, now=at)
    early = NOW - 9 * HOUR
    record(pipeline, [answered("", at=early, task_id=f"early {number}") for number in range(3)], now=early)
    evaluate(now=early)
    assert not Alert.objects.filter(kind="degraded").exists()
    record(pipeline, [answered("", task_id=f"late {number}") for number in range(50)])
    record(pipeline, [answered(task_id=f"ok {number}") for number in range(50)])
    evaluate(now=NOW + timedelta(days=5))
    assert [alert.declines for alert in Alert.objects.filter(kind="degraded")] == [53]


def test_who_has_no_address_or_no_account_any_more_hears_nothing(pipeline: Pipeline, lead: User) -> None:
    User.objects.update(email="")
    risky(pipeline)
    assert not AlertMessage.objects.exists()
    User.objects.update(email="lead@example.com")
    risky(pipeline, at=NOW + 2 * HOUR)
    User.objects.update(is_active=False)
    assert send_all(now=NOW + 2 * HOUR) == []
    message = AlertMessage.objects.get()
    assert (message.state, message.state_in_words) == (
        Posting.WITHDRAWN,
        "not sent: nobody left to hear it",
    )


def test_the_log_shows_what_was_not_sent_to_whoever_asks_for_it(
    pipeline: Pipeline, lead: User, client_as: Callable[[User], Client]
) -> None:
    risky(pipeline)
    risky(pipeline, n=3, at=NOW + timedelta(minutes=1))
    send_all(now=NOW + timedelta(minutes=2))
    send_all(now=NOW + HOUR)
    sent, unsent = AlertMessage.objects.order_by("pk")
    client = client_as(lead)
    listed = {
        state: list(client.get("/alerts/", {"state": state}).context["log"])
        for state in ("", "delivered", "withdrawn", "failed", "no such state")
    }
    assert listed == {
        "": [sent],
        "delivered": [sent],
        "withdrawn": [unsent],
        "failed": [],
        "no such state": [sent],
    }


def test_a_chat_gets_slacks_body_with_its_three_characters_escaped(
    hook: AlertHook, receiver: Receiver, pipeline: Pipeline
) -> None:
    record(pipeline, [guarded(PROMPT, code="RCE_RISK", model="<!channel> & co")])
    send_all(now=NOW)
    (arrived,) = receiver.arrived
    assert arrived.headers["content-type"] == "application/json"
    body = json.loads(arrived.body)
    assert list(body) == ["text"]
    assert "&lt;!channel&gt; &amp; co" in body["text"]
    assert "<" not in body["text"]


@pytest.mark.parametrize(
    ("status", "state", "waits"), [(500, "pending", 30), (404, "failed", None), (302, "pending", 30)]
)
def test_a_chat_that_does_not_take_it_is_tried_again_unless_it_is_gone(
    status: int, state: str, waits: int | None, hook: AlertHook, receiver: Receiver, pipeline: Pipeline
) -> None:
    AlertHook.objects.update(kinds=["code"])
    receiver.else_ = (status, {"Location": "http://127.0.0.1:1/"}, b"no_service")
    User.objects.update(email="")
    risky(pipeline)
    send_all(now=NOW)
    message = AlertMessage.objects.get()
    assert message.state == state
    assert message.attempts.get().status == status
    if waits:
        assert message.send_after == NOW + timedelta(seconds=waits)
    assert len(receiver.arrived) == 1


def test_a_chat_that_is_overloaded_says_how_long_to_wait(
    hook: AlertHook, receiver: Receiver, pipeline: Pipeline
) -> None:
    receiver.answers = [(429, {"Retry-After": "1800"}, b"")]
    risky(pipeline)
    send_all(now=NOW)
    assert AlertMessage.objects.get(hook=hook).send_after == NOW + timedelta(seconds=1800)
    send_all(now=NOW + timedelta(seconds=1800))
    assert AlertMessage.objects.get(hook=hook).state == Posting.DELIVERED


def test_a_chat_in_our_own_network_is_never_posted_to(
    hook: AlertHook, receiver: Receiver, pipeline: Pipeline, settings: Settings
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    risky(pipeline)
    send_all(now=NOW)
    assert receiver.arrived == []
    assert AlertMessage.objects.get(hook=hook).attempts.get().failure == Failure.ADDRESS


def test_a_mail_server_that_is_away_gets_it_later(pipeline: Pipeline, lead: User, settings: Settings) -> None:
    risky(pipeline)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    send_all(now=NOW)
    assert AlertMessage.objects.get().attempts.get().failure == NOT_TAKEN
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_all(now=NOW + timedelta(seconds=29)) == []
    assert len(send_all(now=NOW + timedelta(seconds=30))) == 1


def test_what_is_never_taken_is_given_up_and_every_try_is_logged(
    pipeline: Pipeline, lead: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    risky(pipeline)
    message, now = AlertMessage.objects.get(), NOW
    while message.state == Posting.PENDING:
        now = message.send_after
        send_all(now=now)
        message.refresh_from_db()
    assert (message.state, message.tries, message.attempts.count()) == (Posting.FAILED, 9, 9)
    assert now - NOW > timedelta(days=3)


def test_a_try_that_is_cut_off_is_made_again_and_says_so(
    pipeline: Pipeline, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    risky(pipeline)
    message = AlertMessage.objects.get()

    def die(*_given: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as killed, pytest.raises(SystemExit):
        killed.setattr("reviews.alerts.send._mailed", die)
        send(message_id=message.pk, clock=lambda: NOW)
    assert send_all(now=NOW + timedelta(seconds=60)) == [], "its lease is not over"
    assert len(send_all(now=NOW + timedelta(seconds=120))) == 1
    assert "An earlier try was cut off: this may have come before." in mail.outbox[0].body
    assert mail.outbox[0].extra_headers["Message-ID"].startswith(f"<alert-{message.pk}@")
    ends = AlertAttempt.objects.values_list("number", "failure")
    assert list(ends) == [(1, Failure.LOST), (2, "")]


def test_two_workers_at_one_bell_send_once(pipeline: Pipeline, lead: User) -> None:
    risky(pipeline)
    pk = AlertMessage.objects.get().pk
    for _ in range(2):
        send(message_id=pk, clock=lambda: NOW)
    assert len(mail.outbox) == 1


def test_a_mail_is_in_the_language_of_its_reader(pipeline: Pipeline, lead: User) -> None:
    Preferences.objects.create(person=lead, language="de")
    risky(pipeline)
    assert send_all(now=NOW) == ["RefusalHub: RCE_RISK: 1 Ablehnung (museum-guide, m-1)"]
    assert AlertMessage.objects.get().language == "de"


def test_a_message_is_marked_with_its_language_wherever_it_is_shown(
    pipeline: Pipeline, lead: User, client_as: Callable[[User], Client]
) -> None:
    risky(pipeline)
    send_all(now=NOW)
    Preferences.objects.create(person=lead, language="de")
    message, client = AlertMessage.objects.get(), client_as(lead)
    log = client.get("/alerts/").content.decode()
    assert f'<span lang="en">{message.subject}</span>' in log
    page = client.get(message.get_absolute_url()).content.decode()
    assert f'<h1><span lang="en">{message.subject}</span></h1>' in page
    assert f'<pre class="kept" lang="en">{escape(message.text)}</pre>' in page


def test_who_changes_their_language_between_two_tries_gets_the_second_one_in_it(
    pipeline: Pipeline, lead: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = 1
    risky(pipeline)
    send_all(now=NOW)
    message = AlertMessage.objects.get()
    assert (message.state, message.language) == (Posting.PENDING, "en")
    Preferences.objects.create(person=lead, language="de")
    send(message_id=message.pk, clock=lambda: NOW + HOUR)
    message.refresh_from_db()
    assert message.language == "de"
    assert "1 Ablehnung" in message.text


@override_settings(ALERT_CODES=["RCE_RISK", "RCE_RISKS"], ALERT_DIGEST_HOUR=24)
def test_a_code_that_nobody_knows_and_an_hour_that_no_day_has_stop_the_start() -> None:
    found = {error.id: error.msg for error in run_checks() if error.id and error.id.startswith("reviews.")}
    assert found == {
        "reviews.E001": "ALERT_CODES names 'RCE_RISKS', which is no reason code.",
        "reviews.E002": "ALERT_DIGEST_HOUR is 24: an hour is 0 to 23.",
    }


@pytest.mark.parametrize("column", ["person_id", "hook_id", "day", "again", "created_at"])
def test_whom_a_message_is_for_and_what_about_never_changes(
    column: str, pipeline: Pipeline, lead: User
) -> None:
    risky(pipeline)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AlertMessage.objects.update(**{column: models.F(column)})


def test_a_mail_goes_through_a_real_conversation_with_a_mail_server(
    pipeline: Pipeline, lead: User, settings: Settings
) -> None:
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.address
        risky(pipeline)
        send_all(now=NOW)
    assert AlertMessage.objects.get().state == Posting.DELIVERED
    assert server.to == [lead.email]
    assert "RCE_RISK: 1 decline" in server.mail
    assert "Auto-Submitted: auto-generated" in server.mail
