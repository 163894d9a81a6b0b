"""Alerts: who hears of what, once, at once or once a day; raised with what caused them and never lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from pipelines.models import Pipeline
from reviews.alerts.hearing import choose
from reviews.alerts.saying import sentence
from reviews.models import (
    Alert,
    AlertKind,
    AlertMessage,
    Posting,
    When,
)
from reviews.patterns.evaluate import evaluate
from reviews.patterns.hush import hush
from tests.alerts.making import PROMPT, risky, send_all
from tests.patterns.making import WEEK, usual_weeks, week_of_runs
from tests.reviews.making import HOUR, NOW, answered, guarded, record

pytestmark = pytest.mark.django_db
MORNING = NOW.replace(hour=7) + timedelta(days=1)


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
