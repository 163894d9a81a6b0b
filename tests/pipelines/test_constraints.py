"""The database itself refuses a half-state, by the name of the constraint."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from pipelines.ingest import Answer
from pipelines.keys import create_key
from pipelines.models import ApiKey, DeclineEvent, Deletion, Pipeline, Run, RunContent, Topic, TopicRule
from pipelines.retention import deletion_of
from tests.pipelines.conftest import NOW
from tests.pipelines.samples import refused

CHECKS: list[tuple[str, type[models.Model], dict[str, Any]]] = [
    ("pipeline_fallback_counts_known", Pipeline, {"fallback_counts": "maybe"}),
    ("pipeline_keep_ok_content_known", Pipeline, {"keep_ok_content": "some"}),
    ("pipeline_retention_positive", Pipeline, {"retention_days": 0}),
    ("pipeline_retention_in_reach", Pipeline, {"retention_days": 36_501}),
    ("pipeline_held_expires_in_reach", Pipeline, {"held_expires_after": 87_601}),
    ("pipeline_held_expires_later", Pipeline, {"held_expires_after": 0}),
    ("run_outcome_known", Run, {"outcome": "success"}),
    ("run_not_ok_has_code", Run, {"code": ""}),
    ("run_retryable_is_infra", Run, {"retryable": True}),
    ("run_corrected_outcome_known", Run, {"corrected_outcome": "fine", "corrected_code": "CYBER"}),
    ("run_correction_whole", Run, {"corrected_outcome": "degraded"}),
    ("run_attempt_positive", Run, {"attempt": 0}),
    ("run_surface_known", Run, {"surface": "firewall"}),
    ("run_origin_known", Run, {"origin": "elsewhere"}),
    ("run_deleted_keeps_no_text", Run, {"deletion": models.Subquery(Deletion.objects.values("pk")[:1])}),
    ("deletion_after_a_time", Deletion, {"after_days": 0}),
    ("content_request_is_an_object", RunContent, {"request": "null"}),
    ("decline_has_code", DeclineEvent, {"code": ""}),
    ("decline_surface_known", DeclineEvent, {"surface": "firewall"}),
    ("topic_rule_pattern_not_empty", TopicRule, {"pattern": ""}),
]


@pytest.fixture
def rows(pipeline: Pipeline, ingested: Callable[..., Answer]) -> None:
    """One row of every table."""
    ingested(response=refused(), topic="places")
    TopicRule.objects.create(topic=Topic.objects.get(), pattern="harbour")
    create_key(pipeline=pipeline, now=NOW)
    deletion_of(pipeline, now=NOW)


@pytest.mark.parametrize(("name", "model", "values"), CHECKS, ids=[name for name, _, _ in CHECKS])
def test_a_half_state_is_refused_by_name(
    rows: None, name: str, model: type[models.Model], values: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        model._default_manager.update(**values)


# SQLite names the columns of a unique constraint, PostgreSQL the constraint.
UNIQUES: list[tuple[str, type[models.Model], tuple[str, ...]]] = [
    ("run_id_once_per_pipeline", Run, ("pipeline_id", "run_id", "origin")),
    ("decline_hop_once_per_run", DeclineEvent, ("run_id", "hop")),
    ("deletion_once_per_pass", Deletion, ("pipeline_id", "at")),
    ("pipelines_pipeline_slug", Pipeline, ("slug",)),
    ("pipelines_apikey_digest", ApiKey, ("digest",)),
    ("pipelines_topic_slug", Topic, ("slug",)),
]


@pytest.mark.parametrize(("name", "model", "columns"), UNIQUES, ids=[name for name, _, _ in UNIQUES])
def test_a_second_one_of_the_same_is_refused(
    rows: None, name: str, model: type[models.Model], columns: tuple[str, ...]
) -> None:
    row = model._default_manager.get()
    row.pk = None
    in_sqlite = ", ".join(f"{model._meta.db_table}.{column}" for column in columns)
    expected = in_sqlite if connection.vendor == "sqlite" else name
    with pytest.raises(IntegrityError, match=expected), transaction.atomic():
        row.save(force_insert=True)


def test_every_named_constraint_of_the_room_is_tested() -> None:
    named = {
        constraint.name
        for model in apps.get_app_config("pipelines").get_models()
        for constraint in model._meta.constraints
    }
    assert named <= {name for name, _, _ in [*CHECKS, *UNIQUES]}


def test_a_correction_to_ok_needs_no_code(rows: None) -> None:
    assert Run.objects.update(corrected_outcome="ok") == 1


def test_a_pipeline_with_runs_cannot_be_deleted(rows: None, pipeline: Pipeline) -> None:
    with pytest.raises(models.ProtectedError):
        pipeline.delete()
