"""What the database itself refuses, each constraint by its name, past all code of ours."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, models, transaction

from pipelines.models import Pipeline, Run
from reviews.attach import OwnFile, keep
from reviews.decide import settle
from reviews.draft import save
from reviews.meeting import close
from reviews.models import (
    Action,
    ActionEvent,
    ActionState,
    Bulk,
    Case,
    CaseEvent,
    CaseRun,
    Decision,
    DeliveredFile,
    Delivery,
    Draft,
    FirstOutcome,
    Kind,
    MeetingRecord,
    Mention,
    ReasonTemplate,
    Reissue,
    SavedView,
    StandingChange,
    StandingChangeEvent,
    Suspicion,
    TextExport,
    WebhookAttempt,
    WebhookMessage,
    WeekDeclines,
    WeekRuns,
    WeekStamp,
)
from reviews.note import note
from reviews.standing_changes import suggest
from reviews.taken_on import settle as settle_action
from reviews.taken_on import take_on
from reviews.webhooks import endpoints
from tests.emptying import refuses_deleting
from tests.patterns.constraints import (
    PATTERN_HISTORY,
    PATTERN_VIOLATIONS,
    PATTERNS_NEVER_DELETED,
    patterns_and_alerts,
)
from tests.reviews.constraints import (
    OPENING_VIOLATIONS,
    OTHER_HALVES,
    OUTGOING_VIOLATIONS,
    WEBHOOK_VIOLATIONS,
    Violation,
    what_left_the_house,
)
from tests.reviews.making import APOLOGY, NOW, answered, held, record, to_send

OUT = {"sending_since": "created_at", "give_up_at": "created_at"}
DONE = OUT | {"finished_at": "created_at"}
OTHER_DECISION = {"decision_id": "(SELECT max(id) FROM reviews_decision)", "nonce": "'another'"}
OTHER_PERSON = "(SELECT max(id) FROM auth_user)"
PERSON = "(SELECT min(id) FROM auth_user)"
ANOTHER_CASE = "(SELECT min(id) FROM reviews_case)"
WHEN = "'2026-03-02 12:00:00+00:00'"
APPROVED = {"approved_by_id": OTHER_PERSON, "approved_at": WHEN, "approval_nonce": "'approval'"}
SOMEBODY = {"by_id": PERSON, "at": WHEN}

# For each constraint, the table and how a copy of one of its rows (or of the one that matches) breaks it:
# columns by SQL expressions. Every other constraint that is checked before it holds.
VIOLATIONS: dict[str, Violation] = {
    "case_once_per_key": (Case, {}, ""),
    "case_state_known": (Case, {"state": "'x'"}, ""),
    "case_resolution_known": (Case, {"resolution": "'x'"}, "WHERE state = 'closed'"),
    "case_closed_whole": (Case, {"state": "'closed'"}, "WHERE state = 'held'"),
    "case_has_code": (Case, {"code": "''"}, ""),
    "case_declines_positive": (Case, {"declines": "0"}, ""),
    "case_seen_in_order": (Case, {"first_seen": "'2030-01-01 00:00:00+00:00'"}, ""),
    "case_claim_whole": (Case, {"claimed_by_id": PERSON}, "WHERE state = 'held'"),
    "case_claim_while_it_waits": (
        Case,
        {"claimed_by_id": PERSON, "claimed_until": WHEN},
        "WHERE state = 'closed'",
    ),
    "case_snooze_whole": (Case, {"snooze": "'date'"}, "WHERE state = 'held'"),
    "case_snooze_only_while_held": (
        Case,
        {"snooze": "'growth'", "wakes_at_declines": "9"},
        "WHERE state = 'closed'",
    ),
    "case_merged_says_where": (Case, {"resolution": "'merged'"}, "WHERE state = 'closed'"),
    "case_not_merged_into_itself": (
        Case,
        {"id": "4242", "merged_into_id": "4242", "resolution": "'merged'"},
        "WHERE state = 'closed'",
    ),
    "case_run_kind_known": (CaseRun, {"kind": "'x'"}, ""),
    "case_has_one_first_run": (CaseRun, {"run_id": "(SELECT max(id) FROM pipelines_run)"}, ""),
    "case_event_kind_known": (CaseEvent, {"kind": "'x'"}, ""),
    "case_event_decided_says_what": (CaseEvent, {"kind": "'decided'"}, ""),
    "case_event_says_who": (CaseEvent, {"kind": "'claimed'", "by_id": "NULL"}, ""),
    "case_event_undone_says_what": (CaseEvent, {"kind": "'undone'", "by_id": PERSON}, ""),
    "mention_once": (Mention, {}, ""),
    "decision_kind_known": (Decision, {"kind": "'x'"}, ""),
    "decision_has_reason": (Decision, {"reason": "''"}, ""),
    "decision_once_per_version": (Decision, {}, ""),
    "decision_reclassify_says_what": (Decision, {"kind": "'reclassify'"}, ""),
    "decision_not_ok_has_code": (Decision, {"kind": "'reclassify'", "to_outcome": "'declined'"}, ""),
    "delivery_is_one_thing": (Delivery, {"text": "''"}, "WHERE text = 't'"),
    "delivered_file_has_name": (DeliveredFile, {"name": "''"}, ""),
    "delivered_file_has_type": (DeliveredFile, {"media_type": "''"}, ""),
    "delivered_file_not_empty": (DeliveredFile, {"size": "0"}, ""),
    "delivery_of_a_run_once": (
        Delivery,
        {"run_id": "(SELECT min(id) FROM pipelines_run)", "text": "''"},
        "WHERE text = 't'",
    ),
    "draft_once": (Draft, {}, ""),
    "reason_template_has_text": (ReasonTemplate, {"text": "''"}, ""),
    "reason_template_kind_known": (ReasonTemplate, {"kind": "'reissue'"}, ""),
    "saved_view_once": (SavedView, {}, ""),
    "saved_view_has_name": (SavedView, {"name": "''"}, ""),
    "suspicion_mark_known": (Suspicion, {"mark": "'x'"} | SOMEBODY, ""),
    "suspicion_settled_by_somebody": (Suspicion, {"mark": "'held'"}, ""),
    "reissue_number_once_per_case": (Reissue, {"state": "'unknown'"} | DONE | OTHER_DECISION, ""),
    "reissue_one_on_its_way_per_case": (Reissue, {"number": "2"} | OTHER_DECISION, ""),
    "reissue_state_known": (Reissue, {"state": "'x'"} | DONE, ""),
    "reissue_has_context": (Reissue, {"background": "''"}, ""),
    "reissue_request_or_deletion": (Reissue, {"request": "''"}, ""),
    "reissue_never_sent_is_unsent": (Reissue, OUT, ""),
    "reissue_sent_to_known": (Reissue, {"sent_to": "'sandbox'"}, ""),
    "reissue_finished_whole": (Reissue, {"finished_at": "created_at"}, ""),
    "reissue_attested": (Reissue, {"attestation": "''"}, ""),
    "reissue_has_nonce": (Reissue, {"nonce": "''"}, ""),
    "reissue_approved_whole": (Reissue, {"approved_by_id": OTHER_PERSON}, ""),
    "reissue_approved_by_another": (Reissue, APPROVED | {"approved_by_id": "by_id"}, ""),
    "reissue_sensitive_has_second": (Reissue, {"needs_second": "TRUE"}, ""),
    "reissue_proposed_is_open": (Reissue, {"state": "'proposed'"}, ""),
    "reissue_turned_down_whole": (Reissue, {"state": "'turned_down'", "finished_at": "created_at"}, ""),
    "reissue_run_when_it_came_back": (Reissue, {"state": "'answered'"} | DONE, ""),
    "week_runs_once": (WeekRuns, {}, ""),
    "week_runs_not_negative": (WeekRuns, {"runs": "-1"}, ""),
    "week_runs_outcome_known": (WeekRuns, {"outcome": "'x'"}, ""),
    "week_declines_once": (WeekDeclines, {}, ""),
    "week_declines_not_negative": (WeekDeclines, {"declines": "-1"}, ""),
    "week_stamp_once": (WeekStamp, {}, ""),
    "week_stamp_not_negative": (WeekStamp, {"week": "'2026-02-23'", "stamp": "-1"}, ""),
    "standing_change_state_known": (StandingChange, {"state": "'x'"}, ""),
    "standing_change_has_title": (StandingChange, {"title": "''"}, ""),
    "standing_change_has_words": (StandingChange, {"words": "''"}, ""),
    "standing_change_done_says_when": (StandingChange, {"state": "'done'"}, ""),
    "standing_change_event_state_known": (StandingChangeEvent, {"state": "'x'"}, ""),
    "first_outcome_ending_known": (FirstOutcome, {"case_id": ANOTHER_CASE, "ending": "'x'"}, ""),
    "action_state_known": (Action, {"state": "'x'", "settled_by_id": PERSON, "settled_at": WHEN}, ""),
    "action_has_line": (Action, {"line": "''"}, ""),
    "action_has_note": (Action, {"note": "''"}, ""),
    "action_settled_whole": (Action, {"state": "'done'"}, ""),
    "action_event_state_known": (ActionEvent, {"state": "'x'"}, ""),
    "meeting_record_has_values": (MeetingRecord, {"week": "'2026-02-23'", "values": "''"}, ""),
    **OPENING_VIOLATIONS,
    **OUTGOING_VIOLATIONS,
    **PATTERN_VIOLATIONS,
    **WEBHOOK_VIOLATIONS,
}


@pytest.fixture(autouse=True)
def world(pipeline: Pipeline, reviewer: User, other_reviewer: User, lead: User) -> None:
    """A case with a re-issue in the outbox, one handled by hand, one with a note and a draft, a suspicion, a
    webhook that was told of the first, and the counts of it all."""
    url = "https://hooks.example/"
    endpoints.add(pipeline=pipeline, url=url, events=["case.held"], by=lead, now=NOW)
    to_send(held(pipeline, "a"), by=reviewer)
    told = WebhookMessage.objects.get()
    WebhookAttempt.objects.create(message=told, number=1, at=NOW, status=204)
    case = held(pipeline, "b")
    settle(case_id=case.pk, version=1, kind=Kind.BY_HAND, reason="r", text="t", by=reviewer, now=NOW)
    talked = held(pipeline, "c")
    note(case_id=talked.pk, text="@reviewer, see here.", by=reviewer, now=NOW)
    save(case_id=talked.pk, form="uphold", values={"reason": "r"}, version=1, by=reviewer, now=NOW)
    Case.objects.update(claimed_by=None, claimed_until=None)
    record(pipeline, [answered(APOLOGY)])
    patterns_and_alerts(pipeline, lead)
    what_left_the_house(lead)
    Bulk.objects.create(act="uphold", by=reviewer, at=NOW, chosen=2, filter="?code=PII")
    SavedView.objects.create(name="Mine", by=reviewer)
    delivered = Delivery.objects.get()
    first_run = Run.objects.order_by("pk")[0]
    Delivery.objects.create(case=delivered.case, run=first_run, by=reviewer, at=NOW, send_after=NOW)
    file = keep(OwnFile(name="pier.pdf", media_type="application/pdf", content=b"%PDF-1.7 The pier."))
    Delivery.objects.create(case=delivered.case, file=file, by=reviewer, at=NOW, send_after=NOW)
    due = NOW.date()
    suggest(pipeline=pipeline, title="t", words="w", owner=reviewer, due=due, by=reviewer, now=NOW)
    week = due - timedelta(days=due.weekday())
    about = {"line": "silent/x", "label": "l", "note": "n"}
    for _n in range(2):
        taken = take_on(week=week, owner=reviewer, due=due, by=reviewer, now=NOW, **about)
    settle_action(action_id=taken.pk, state=ActionState.DONE, by=reviewer, now=NOW)
    close(week=week, by=reviewer, now=NOW + timedelta(weeks=1))


def test_every_constraint_has_its_violation() -> None:
    models_of_ours = apps.get_app_config("reviews").get_models()
    named = {constraint.name for model in models_of_ours for constraint in model._meta.constraints}
    assert named == set(VIOLATIONS)


@pytest.mark.parametrize("name", VIOLATIONS)
def test_the_database_refuses_a_half_state(name: str) -> None:
    model, changes, where = VIOLATIONS[name]
    with pytest.raises(IntegrityError, match=said_of(model, name)), transaction.atomic():
        copy_first(model, changes, where)


@pytest.mark.parametrize("half", OTHER_HALVES)
def test_the_database_refuses_every_half_of_it(half: str) -> None:
    name, (model, changes, where) = OTHER_HALVES[half]
    with pytest.raises(IntegrityError, match=said_of(model, name)), transaction.atomic():
        copy_first(model, changes, where)


def copy_first(model: type[models.Model], changes: dict[str, str], where: str) -> None:
    columns = [
        field.column
        for field in model._meta.concrete_fields
        if field.column in changes or not isinstance(field, models.BigAutoField)
    ]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(changes.get(str(column), f'"{column}"') for column in columns)
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} {where} ORDER BY {key} LIMIT 1"  # noqa: S608  # our own names
        )


def said_of(model: type[models.Model], name: str) -> str:
    """Return how the database names the constraint. SQLite names a unique one by its columns alone."""
    (constraint,) = (found for found in model._meta.constraints if found.name == name)
    if connection.vendor == "sqlite" and isinstance(constraint, models.UniqueConstraint):
        fields = [model._meta.get_field(field) for field in constraint.fields]
        columns = ", ".join(f"{model._meta.db_table}.{field.column}" for field in fields)  # type: ignore[union-attr]  # concrete
        return f"UNIQUE constraint failed: {columns}$"
    return rf"\b{name}\b"


def test_a_copy_that_changes_nothing_wrong_is_taken() -> None:
    """What the violations above do is refused for what they change, not for how they do it."""
    copy_first(Decision, {"case_version": "9"}, "")
    copy_first(Reissue, {"number": "2", "state": "'unknown'"} | DONE | OTHER_DECISION, "")
    assert (Decision.objects.count(), Reissue.objects.count()) == (3, 2)


HISTORY = [
    (Decision, "reason"),
    (CaseEvent, "text"),
    (Bulk, "filter"),
    (WebhookAttempt, "excerpt"),
    (WebhookMessage, "payload"),
    (StandingChangeEvent, "changes"),
    (ActionEvent, "changes"),
    (MeetingRecord, "values"),
    (Reissue, "purpose"),
    (TextExport, "filter"),
    *PATTERN_HISTORY,
]


@pytest.mark.parametrize(("model", "column"), HISTORY)
def test_history_cannot_be_rewritten(model: type[models.Model], column: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model._default_manager.update(**{column: models.F(column)})


FILE = "(SELECT min(id) FROM reviews_deliveredfile)"
NOT_ONE_THING = {
    "nothing": ({"text": "''"}, "WHERE text = 't'"),
    "an answer and a text": ({"text": "'t'"}, "WHERE run_id IS NOT NULL"),
    "an answer and a file": ({"file_id": FILE}, "WHERE run_id IS NOT NULL"),
    "a text and a file": ({"file_id": FILE}, "WHERE text = 't'"),
}


@pytest.mark.parametrize("what", NOT_ONE_THING)
def test_a_delivery_is_exactly_one_thing(what: str) -> None:
    changes, where = NOT_ONE_THING[what]
    with pytest.raises(IntegrityError, match="delivery_is_one_thing"), transaction.atomic():
        copy_first(Delivery, changes, where)


DELIVERED = ("case_id", "run_id", "text", "file_id", "by_id", "at", "send_after", "deletion_id")


@pytest.mark.parametrize("column", DELIVERED)
def test_of_a_delivery_only_whether_it_was_taken_back_can_change(column: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Delivery.objects.update(**{column: models.F(column)})
    assert Delivery.objects.update(taken_back_at=NOW) == 3


def test_every_column_of_a_delivery_is_kept_from_changing() -> None:
    named = {str(field.column) for field in Delivery._meta.concrete_fields}
    assert named - set(DELIVERED) == {"id", "taken_back_at"}


@pytest.mark.parametrize("column", ["id", "name", "media_type", "size", "sha256", "content"])
def test_a_delivered_file_does_not_change(column: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        DeliveredFile.objects.update(**{column: models.F(column)})


def test_retention_can_delete_what_a_delivered_file_holds_and_nobody_can_put_anything_in_its_place() -> None:
    assert DeliveredFile.objects.update(content=None) == 1
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        DeliveredFile.objects.update(content=b"Another one.")


NEVER_DELETED = [Decision, CaseEvent, Delivery, DeliveredFile, Reissue, Bulk, WebhookAttempt, WebhookMessage]
NEVER_DELETED += [StandingChangeEvent, ActionEvent, MeetingRecord, TextExport]
NEVER_DELETED += PATTERNS_NEVER_DELETED


def test_every_append_only_table_is_tried() -> None:
    tried = {model for model, _column in HISTORY} | {Delivery, DeliveredFile}
    assert tried == set(NEVER_DELETED)
    listed = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor == "postgresql":
        listed = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with connection.cursor() as cursor:
        cursor.execute(listed)
        names = {name for (name,) in cursor.fetchall() if name.endswith("_append_only")}
    assert names == {f"{model._meta.db_table}_append_only" for model in tried}


@refuses_deleting
@pytest.mark.parametrize("model", NEVER_DELETED)
def test_history_cannot_be_deleted(model: type[models.Model]) -> None:
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608  # our own name


@pytest.mark.parametrize("model", [Case, Run, User])
def test_what_history_speaks_of_cannot_be_deleted(model: type[models.Model]) -> None:
    with pytest.raises(models.ProtectedError):
        model._default_manager.all().delete()
