"""The rows of patterns and alerts that `tests/reviews/test_constraints.py` starts from, and how constraints break."""

from django.contrib.auth.models import User
from django.db import models

from pipelines.models import Pipeline
from reviews.models import (
    Alert,
    AlertAttempt,
    AlertChoice,
    AlertHook,
    AlertLine,
    AlertMessage,
    Pattern,
    PatternClock,
    PatternEvent,
)
from reviews.reports.weeks import current_week
from tests.reviews.making import HOUR, NOW

OTHER_CODE = {"code": "'CYBER'"}
OTHER_WEEK = {"week": "'2026-03-09'"}
FINISHED = {"state": "'delivered'", "finished_at": "created_at"}
CHAT = "WHERE hook_id IS NOT NULL"

PATTERN_VIOLATIONS: dict[str, tuple[type[models.Model], dict[str, str], str]] = {
    "pattern_once": (Pattern, {}, ""),
    "pattern_has_code": (Pattern, {"code": "''"}, ""),
    "pattern_state_known": (Pattern, OTHER_CODE | {"state": "'x'"}, ""),
    "pattern_weeks_in_order": (Pattern, OTHER_CODE | {"last_week": "'2020-01-06'"}, ""),
    "pattern_escalating_since_a_week": (Pattern, OTHER_CODE | {"state": "'escalating'"}, ""),
    "pattern_hushed_whole": (Pattern, {"hushed_by_time": "NULL"}, "WHERE hushed_at IS NOT NULL"),
    "pattern_event_kind_known": (PatternEvent, {"kind": "'x'"}, ""),
    "pattern_event_state_known": (PatternEvent, {"to_state": "'x'"}, ""),
    "pattern_event_by_a_person": (PatternEvent, {"kind": "'hushed'", "from_state": "'new'"}, ""),
    "pattern_event_moves": (PatternEvent, {"from_state": "'quiet'", "to_state": "'new'"}, ""),
    "pattern_event_compared_whole": (PatternEvent, {"expected": "2"}, ""),
    "pattern_clock_once": (PatternClock, {"id": "2"}, ""),
    "alert_choice_once": (AlertChoice, {}, ""),
    "alert_choice_known": (AlertChoice, {"kind": "'new'", "when": "'x'"}, ""),
    "alert_hook_has_url": (AlertHook, {"url": "''"}, ""),
    "alert_hook_removed_is_off": (AlertHook, {"removed_at": "created_at"}, ""),
    "alert_kind_known": (
        Alert,
        {"kind": "'x'", "event_id": "(SELECT max(id) FROM reviews_patternevent)"},
        "",
    ),
    "alert_is_of_a_pattern_or_not": (Alert, {"kind": "'new'"}, "WHERE kind = 'code'"),
    "alert_has_code": (Alert, {"code": "''"}, "WHERE kind = 'code'"),
    "alert_counted": (Alert, {"count": "0"}, "WHERE kind = 'code'"),
    "alert_degraded_once_a_week": (Alert, {}, "WHERE kind = 'degraded'"),
    "alert_digest_once_a_day": (AlertMessage, {}, "WHERE day IS NOT NULL"),
    "alert_message_to_one": (AlertMessage, {"hook_id": "NULL"}, CHAT),
    "alert_message_test_is_a_chats": (AlertMessage, {"test": "NOT test", "again": "NOT again"}, CHAT),
    "alert_message_state_known": (AlertMessage, {"state": "'x'", "finished_at": "created_at"}, CHAT),
    "alert_message_finished_whole": (AlertMessage, {"finished_at": "created_at"}, CHAT),
    "alert_message_withdrawn_unsent": (AlertMessage, FINISHED, CHAT),
    "alert_message_tried_is_written": (AlertMessage, {"tries": "1"}, CHAT),
    "alert_message_written_in_a_language": (AlertMessage, {"language": "'de'"}, CHAT),
    "alert_line_once": (AlertLine, {}, ""),
    "alert_attempt_failure_known": (AlertAttempt, {"failure": "'x'"}, ""),
}
PATTERN_HISTORY = [
    (Pattern, "code"),
    (PatternEvent, "at"),
    (Alert, "code"),
    (AlertMessage, "created_at"),
    (AlertLine, "message"),
    (AlertAttempt, "excerpt"),
]
PATTERNS_NEVER_DELETED = [PatternEvent, Pattern, Alert, AlertMessage, AlertLine, AlertAttempt]


def patterns_and_alerts(pipeline: Pipeline, lead: User) -> None:
    """Make one row of each table, valid and plain."""
    week = current_week(now=NOW)
    pattern = Pattern.objects.create(
        code="PII", pipeline=pipeline, state="new", since=NOW, first_week=week, last_week=week
    )
    Pattern.objects.create(
        code="HUSHED", pipeline=pipeline, state="new", since=NOW, first_week=week, last_week=week,
        hushed_at=NOW, hushed_by=lead, hushed_declines=1, hushed_exposure=9, hushed_by_time=False,
    )  # fmt: skip
    PatternEvent.objects.create(
        pattern=pattern, kind="became", to_state="new", at=NOW, week=week,
        declines=1, exposure=9, declines_before=0, exposure_before=0, by_time=False,
    )  # fmt: skip
    PatternEvent.objects.create(
        pattern=pattern, kind="became", from_state="new", to_state="ongoing", at=NOW, week=week,
        declines=1, exposure=9, declines_before=0, exposure_before=0, by_time=False,
    )  # fmt: skip
    PatternClock.objects.create(evaluated_at=NOW)
    AlertChoice.objects.create(person=lead, kind="code", when="digest")
    hook = AlertHook.objects.create(
        url="https://chat.example/", kinds=["code"], created_by=lead, created_at=NOW
    )
    times = {"week": week, "opened_at": NOW, "last_at": NOW, "until": NOW + HOUR}
    alert = Alert.objects.create(kind="code", pipeline=pipeline, code="RCE_RISK", **times)
    Alert.objects.create(kind="degraded", pipeline=pipeline, **times)
    outbox = {"created_at": NOW, "send_after": NOW, "tries_left": 9}
    message = AlertMessage.objects.create(hook=hook, **outbox)
    AlertMessage.objects.create(person=lead, day=NOW.date(), **outbox)
    AlertLine.objects.create(message=message, alert=alert)
    AlertAttempt.objects.create(message=message, number=1, at=NOW, status=200)
