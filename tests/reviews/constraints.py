"""The rows of what left the house that `test_constraints.py` starts from; and how the constraints of those tables,
of openings and of webhooks break."""

from django.contrib.auth.models import User
from django.db import models

from reviews.models import (
    Opening,
    ReportSubscription,
    SavedView,
    SentReport,
    TextExport,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookMessage,
)
from reviews.reports.weeks import current_week
from tests.reviews.making import NOW

Violation = tuple[type[models.Model], dict[str, str], str]

CLOSED = "WHERE until IS NOT NULL"
LONG_AGO = "'2020-01-06 12:00:00+00:00'"
ANY_RUN = "(SELECT min(id) FROM reviews_caserun)"
OTHER_WEEK = {"week": "'2026-02-23'"}
OTHER_URL = {"url": "'https://hooks.example/other'"}
OTHER_ID = {"message_id": "'msg_other'"}
OTHER_TEST = OTHER_ID | {"hook": "'endpoint.test'", "about_id": "NULL"}

OPENING_VIOLATIONS: dict[str, Violation] = {
    "opening_one_at_a_time": (Opening, {}, "WHERE until IS NULL"),
    "opening_began_known": (Opening, {"began": "'x'"}, CLOSED),
    "opening_closed_whole": (Opening, {"until": "NULL"}, CLOSED),
    "opening_in_order": (Opening, {"until": LONG_AGO}, CLOSED),
    "opening_returned_whole": (Opening, {"returned_at": "since"}, CLOSED),
    "opening_came_back_with_a_run": (Opening, {"began": "'came_back'"}, CLOSED),
    "opening_merged_says_where": (Opening, {"resolution": "'merged'"}, CLOSED),
}
OUTGOING_VIOLATIONS: dict[str, Violation] = {
    "report_subscription_once": (ReportSubscription, {}, "WHERE view_id IS NULL"),
    "report_subscription_once_per_view": (ReportSubscription, {}, "WHERE view_id IS NOT NULL"),
    "report_subscription_by_view_or_scope": (
        ReportSubscription,
        {"pipeline": "'x'"},
        "WHERE view_id IS NOT NULL",
    ),
    "sent_report_once_a_week": (SentReport, {}, ""),
    "sent_report_state_whole": (SentReport, OTHER_WEEK | {"state": "'sent'"}, ""),
    "sent_report_tried": (SentReport, OTHER_WEEK | {"tries": "0"}, ""),
    "text_export_kind_known": (TextExport, {"kind": "'x'"}, ""),
}
WEBHOOK_VIOLATIONS: dict[str, Violation] = {
    "webhook_once_per_address": (WebhookEndpoint, {}, ""),
    "webhook_has_secret": (WebhookEndpoint, OTHER_URL | {"secret": "''"}, ""),
    "webhook_previous_secret_whole": (WebhookEndpoint, OTHER_URL | {"previous_secret": "'x'"}, ""),
    "webhook_disabled_whole": (WebhookEndpoint, OTHER_URL | {"disabled": "'gone'"}, ""),
    "webhook_message_told_once": (WebhookMessage, OTHER_ID, "WHERE about_id IS NOT NULL"),
    "webhook_message_state_known": (
        WebhookMessage,
        OTHER_TEST | {"state": "'x'", "finished_at": "created_at"},
        "",
    ),
    "webhook_message_hook_known": (WebhookMessage, OTHER_TEST | {"hook": "'x'"}, ""),
    "webhook_message_test_about_nothing": (WebhookMessage, OTHER_TEST | {"hook": "'case.held'"}, ""),
    "webhook_message_finished_whole": (WebhookMessage, OTHER_TEST | {"finished_at": "created_at"}, ""),
    "webhook_message_withdrawn_unsent": (
        WebhookMessage,
        OTHER_TEST | {"state": "'withdrawn'", "finished_at": "created_at", "tries": "1"},
        "",
    ),
    "webhook_message_is_whole": (WebhookMessage, OTHER_TEST | {"payload": "''"}, ""),
    "webhook_attempt_ended_one_way": (WebhookAttempt, {"status": "500"}, ""),
}

FINISHED = OTHER_WEEK | {"finished_at": "began_at"}
# Constraints that more than one half-state breaks: the others of each.
OTHER_HALVES: dict[str, tuple[str, Violation]] = {
    "open, with a resolution": (
        "opening_closed_whole",
        (Opening, {"resolution": "'upheld'"}, "WHERE until IS NULL"),
    ),
    "closed, nobody knows how": ("opening_closed_whole", (Opening, {"resolution": "''"}, CLOSED)),
    "came back, nobody knows when": (
        "opening_returned_whole",
        (Opening, {"returned_with_id": ANY_RUN}, CLOSED),
    ),
    "came back before it was open": (
        "opening_came_back_with_a_run",
        (
            Opening,
            {"began": "'came_back'", "returned_at": LONG_AGO, "returned_with_id": ANY_RUN},
            CLOSED,
        ),
    ),
    "not merged, into another": (
        "opening_merged_says_where",
        (Opening, {"merged_into_id": "case_id"}, CLOSED),
    ),
    "not merged, and split off": ("opening_merged_says_where", (Opening, {"split_at": "until"}, CLOSED)),
    "being sent, and finished": ("sent_report_state_whole", (SentReport, FINISHED, "")),
    "being sent, with a problem": (
        "sent_report_state_whole",
        (SentReport, OTHER_WEEK | {"problem": "'p'"}, ""),
    ),
    "failed, nobody knows why": (
        "sent_report_state_whole",
        (SentReport, FINISHED | {"state": "'failed'"}, ""),
    ),
    "unknown, and not finished": (
        "sent_report_state_whole",
        (SentReport, OTHER_WEEK | {"state": "'unknown'", "problem": "'p'"}, ""),
    ),
    "in no known state": (
        "sent_report_state_whole",
        (SentReport, FINISHED | {"state": "'x'", "problem": "'p'"}, ""),
    ),
}


def what_left_the_house(person: User) -> None:
    """Make one row of each table, valid and plain."""
    wish = ReportSubscription.objects.create(person=person, created_at=NOW)
    view = SavedView.objects.create(by=person, name="Mine")
    ReportSubscription.objects.create(person=person, view=view, created_at=NOW)
    SentReport.objects.create(
        subscription=wish, week=current_week(now=NOW), to="lead@example.org", began_at=NOW
    )
    TextExport.objects.create(kind="dataset", by=person, at=NOW, filter="?code=PII", n=1)
