"""What the database itself refuses, each constraint by its name, past all code of ours."""

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, models, transaction

from pipelines.models import Pipeline, Run
from reviews.decide import settle
from reviews.models import (
    Case,
    CaseEvent,
    CaseRun,
    Decision,
    Delivery,
    Kind,
    Reissue,
    Suspicion,
    WeekDeclines,
    WeekRuns,
)
from tests.reviews.making import APOLOGY, NOW, answered, held, record, to_send

OUT = {"sending_since": "created_at", "give_up_at": "created_at"}
DONE = OUT | {"finished_at": "created_at"}
OTHER_DECISION = {"decision_id": "(SELECT max(id) FROM reviews_decision)"}
SOMEBODY = {"by_id": "(SELECT min(id) FROM auth_user)", "at": "'2026-03-02 12:00:00+00:00'"}

# For each constraint, the table and how a copy of one of its rows (or of the one that matches) breaks it:
# columns by SQL expressions. Every other constraint that is checked before it holds.
VIOLATIONS: dict[str, tuple[type[models.Model], dict[str, str], str]] = {
    "case_once_per_key": (Case, {}, ""),
    "case_state_known": (Case, {"state": "'x'"}, ""),
    "case_resolution_known": (Case, {"resolution": "'x'"}, "WHERE state = 'closed'"),
    "case_closed_whole": (Case, {"state": "'closed'"}, ""),
    "case_has_code": (Case, {"code": "''"}, ""),
    "case_declines_positive": (Case, {"declines": "0"}, ""),
    "case_seen_in_order": (Case, {"first_seen": "'2030-01-01 00:00:00+00:00'"}, ""),
    "case_run_kind_known": (CaseRun, {"kind": "'x'"}, ""),
    "case_has_one_first_run": (CaseRun, {"run_id": "(SELECT max(id) FROM pipelines_run)"}, ""),
    "case_event_kind_known": (CaseEvent, {"kind": "'x'"}, ""),
    "case_event_decided_says_what": (CaseEvent, {"kind": "'decided'"}, ""),
    "decision_kind_known": (Decision, {"kind": "'x'"}, ""),
    "decision_has_reason": (Decision, {"reason": "''"}, ""),
    "decision_once_per_version": (Decision, {}, ""),
    "decision_reclassify_says_what": (Decision, {"kind": "'reclassify'"}, ""),
    "decision_not_ok_has_code": (Decision, {"kind": "'reclassify'", "to_outcome": "'declined'"}, ""),
    "delivery_is_answer_or_text": (Delivery, {"text": "''"}, ""),
    "suspicion_mark_known": (Suspicion, {"mark": "'x'"} | SOMEBODY, ""),
    "suspicion_settled_by_somebody": (Suspicion, {"mark": "'held'"}, ""),
    "reissue_number_once_per_case": (Reissue, {"state": "'unknown'"} | DONE | OTHER_DECISION, ""),
    "reissue_one_on_its_way_per_case": (Reissue, {"number": "2"} | OTHER_DECISION, ""),
    "reissue_state_known": (Reissue, {"state": "'x'"} | DONE, ""),
    "reissue_has_context": (Reissue, {"background": "''"}, ""),
    "reissue_pending_is_unsent": (Reissue, OUT, ""),
    "reissue_finished_whole": (Reissue, {"finished_at": "created_at"}, ""),
    "reissue_run_when_it_came_back": (Reissue, {"state": "'answered'"} | DONE, ""),
    "week_runs_once": (WeekRuns, {}, ""),
    "week_runs_not_negative": (WeekRuns, {"runs": "-1"}, ""),
    "week_runs_outcome_known": (WeekRuns, {"outcome": "'x'"}, ""),
    "week_declines_once": (WeekDeclines, {}, ""),
    "week_declines_not_negative": (WeekDeclines, {"declines": "-1"}, ""),
}


@pytest.fixture(autouse=True)
def world(pipeline: Pipeline, reviewer: User) -> None:
    """A case with a re-issue in the outbox, one handled by hand, a suspicion, and the counts of it all."""
    to_send(held(pipeline, "a"), by=reviewer)
    case = held(pipeline, "b")
    settle(case_id=case.pk, version=1, kind=Kind.BY_HAND, reason="r", text="t", by=reviewer, now=NOW)
    record(pipeline, [answered(APOLOGY)])


def test_every_constraint_has_its_violation() -> None:
    models_of_ours = apps.get_app_config("reviews").get_models()
    named = {constraint.name for model in models_of_ours for constraint in model._meta.constraints}
    assert named == set(VIOLATIONS)


@pytest.mark.parametrize("name", VIOLATIONS)
def test_the_database_refuses_a_half_state(name: str) -> None:
    model, changes, where = VIOLATIONS[name]
    with pytest.raises(IntegrityError, match=said_of(model, name)), transaction.atomic():
        copy_first(model, changes, where)


def copy_first(model: type[models.Model], changes: dict[str, str], where: str) -> None:
    columns = [
        field.column for field in model._meta.concrete_fields if not isinstance(field, models.BigAutoField)
    ]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(changes.get(str(column), f'"{column}"') for column in columns)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} {where} LIMIT 1"  # noqa: S608  # our own names
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


@pytest.mark.parametrize(("model", "column"), [(Decision, "reason"), (CaseEvent, "text"), (Delivery, "text")])
def test_history_cannot_be_rewritten(model: type[models.Model], column: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model._default_manager.update(**{column: "something else"})
    assert not model._default_manager.filter(**{column: "something else"}).exists()


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets DELETE pass: tests empty tables so"
)
@pytest.mark.parametrize("model", [Decision, CaseEvent, Delivery])
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
