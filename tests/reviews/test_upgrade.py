"""A database of the release before, with work in it, migrates to this one and loses nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps.registry import Apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F
from pytest_django.plugin import DjangoDbBlocker

from pipelines.models import Pipeline, Run, RunContent
from pipelines.models.pipeline import MOST_HELD_HOURS, MOST_RETENTION_DAYS
from refusals.signals import holds_redacted
from reviews.models import (
    ActionEvent,
    AlertMessage,
    Case,
    CaseEvent,
    CaseRun,
    Decision,
    Delivery,
    Opening,
    Pattern,
    ReasonTemplate,
    Reissue,
)
from reviews.queue import Filter
from reviews.retention import delete_old_texts
from tests.reviews.making import HOUR, NOW

BEFORE = [("reviews", "0002_history_is_append_only")]


@pytest.fixture
def scratch(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path) -> Iterator[None]:
    """An empty database in place of the tests' own."""
    ours = connection.settings_dict["NAME"]
    name = str(tmp_path / "before.sqlite3") if connection.vendor == "sqlite" else f"{ours}_before"
    with django_db_blocker.unblock():
        _server(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
        _use(name)
        try:
            yield
        finally:
            _use(ours)
            _server(f'DROP DATABASE "{name}"')


def _use(name: str) -> None:
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's
    connection.settings_dict["NAME"] = name


def _server(*statements: str) -> None:
    if connection.vendor == "postgresql":
        with connection._nodb_cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


class Before:
    """The tables as they were, and rows in them."""

    def __init__(self, migrated: list[tuple[str, str]] = BEFORE) -> None:
        executor = MigrationExecutor(connection)
        executor.migrate(migrated)
        self.apps: Apps = executor.loader.project_state(migrated).apps
        self.person = self.make("auth.User", username="rosa")
        self.pipeline = self.make("pipelines.Pipeline", slug="museum-guide", title="Museum guide")

    def make(self, model: str, /, **values: Any) -> Any:
        return self.apps.get_model(model)._default_manager.create(**values)

    def run(self, name: str, *, at: datetime = NOW, answer: str = "", **more: Any) -> Any:
        run = self.make(
            "pipelines.Run", pipeline=self.pipeline, run_id=name, body_digest="0" * 64, case_key="0" * 64,
            happened_at=at, recorded_at=at, week=NOW.date(), outcome="ok" if answer else "declined",
            code="" if answer else "CYBER", rules_version="1", request_id=f"req-{name}", **more,
        )  # fmt: skip
        self.make("pipelines.RunContent", run=run, prompt=f"Describe the {name} crane.", answer=answer)
        return run

    def case(self, first: Any, *repeats: Any, **more: Any) -> Any:
        case = self.make(
            "reviews.Case", pipeline=self.pipeline, key=first.run_id, task_id="leaflet", code="CYBER",
            surface="model", first_run=first, first_seen=NOW, last_seen=NOW, held_since=NOW,
            declines=1 + len(repeats), **more,
        )  # fmt: skip
        for run in (first, *repeats):
            self.fold(case, run)
        return case

    def fold(self, case: Any, run: Any) -> None:
        first = run.pk == case.first_run_id
        self.make("reviews.CaseRun", case=case, run=run, kind="first" if first else "repeat")
        self.line(case, "held" if first else "repeated", run=run)

    def line(self, case: Any, kind: str, **more: Any) -> None:
        self.make("reviews.CaseEvent", case=case, kind=kind, at=NOW, **more)

    def decide(self, case: Any, kind: str, *, version: int = 1) -> Any:
        decision = self.make(
            "reviews.Decision", case=case, kind=kind, reason="Seen.", by=self.person, at=NOW,
            case_version=version,
        )  # fmt: skip
        self.line(case, "decided", decision=decision, by=self.person)
        return decision

    def answered_case(self) -> Any:
        """A case whose re-issue was answered and accepted."""
        case = self.case(self.run("north"), state="closed", resolution="delivered", closed_at=NOW + HOUR)
        answer = self.run("reissue-1", answer="Built in 1911.", origin="reissue")
        self.make("reviews.CaseRun", case=case, run=answer, kind="reissue")
        self.make(
            "reviews.Reissue", case=case, number=1, decision=self.decide(case, "reissue"), purpose="A leaflet.",
            background="The museum asked.", by=self.person, request="{}", original_digest="0" * 64,
            model="claude-opus-5-5", state="answered", created_at=NOW, send_after=NOW, sending_since=NOW,
            give_up_at=NOW, finished_at=NOW, run=answer,
        )  # fmt: skip
        self.make("reviews.Delivery", case=case, run=answer, by=self.person, at=NOW + HOUR)
        self.line(case, "accepted", by=self.person, run=answer)
        return case

    def returned_case(self) -> Any:
        """A case that was withdrawn with two runs, and came back with two others."""
        case = self.case(self.run("south"), self.run("south-2"), returns=1)
        self.decide(case, "withdraw")
        for n in (3, 4):
            self.fold(case, self.run(f"south-{n}", at=NOW + n * HOUR))
        self.line(case, "came_back")
        self.fold(case, self.run("south-5", at=NOW + 5 * HOUR))
        return case


def found(query: str) -> list[int]:
    return [case.pk for case in Filter(state="all", q=query).cases(now=NOW)]


def opened(case: Any) -> list[tuple[Any, ...]]:
    """Return when a case was open, and which run brought it back."""
    columns = ("began", "since", "until", "resolution", "returned_with__run__run_id")
    return list(Opening.objects.filter(case=case.pk).order_by("pk").values_list(*columns))


def test_a_database_with_work_in_it_migrates_and_loses_nothing(scratch: None) -> None:
    before = Before()
    held = before.case(before.run("west"), before.run("west-2", at=NOW + timedelta(minutes=90, seconds=0.9)))
    answered, returned = before.answered_case(), before.returned_case()
    before.run("east").content.delete()
    call_command("migrate", verbosity=0)

    blocked = {
        case.pk: (case.blocked_runs, case.blocked_runs * int(NOW.timestamp()) - case.blocked_since)
        for case in Case.objects.all()
    }
    assert blocked == {held.pk: (2, -5400), answered.pk: (1, 0), returned.pk: (3, -(3 + 4 + 5) * 3600)}
    untouched = Case.objects.filter(
        claimed_by=None,
        assigned_to=None,
        asked_at=None,
        snooze="",
        snoozed_models__isnull=True,
        merged_into=None,
    )
    assert untouched.count() == 3
    delivery = Delivery.objects.get()
    assert (delivery.at, delivery.send_after, delivery.taken_back_at) == (NOW + HOUR, NOW + HOUR, None)
    assert not CaseEvent.objects.exclude(undoes=None, bulk=None, changes={}).exists()
    assert ReasonTemplate.objects.filter(pipeline=None).count() == 6

    assert opened(held) == [("new", NOW, None, "", None)]
    assert opened(answered) == [("new", NOW, NOW + HOUR, "delivered", None)]
    assert opened(returned) == [
        ("new", NOW, NOW, "withdrawn", None),
        ("came_back", NOW, None, "", "south-3"),
    ]
    assert not Decision.objects.exclude(held_since=None).exists(), "nobody kept it"
    assert not CaseRun.objects.exclude(ended_at=F("run__happened_at")).exists()

    assert found('"the north crane"') == found("built 1911") == found("museum leaflet") == [answered.pk]
    assert found("req-west") == [held.pk]
    assert not Reissue.objects.exclude(attestation="", attested_in="").exists(), "nobody was asked"
    assert sorted(found("crane")) == sorted([held.pk, answered.pk, returned.pk])

    for model, column in ((Decision, "reason"), (CaseEvent, "text"), (Delivery, "text")):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            model._default_manager.update(**{column: "something else"})
    assert Delivery.objects.update(taken_back_at=NOW) == 1

    assert [run.run_id for run in Run.objects.filter(texts_kept=False)] == ["east"]
    assert Run.objects.filter(content__isnull=False, texts_kept=True, deletion=None).count() == 9
    old = delete_old_texts(Pipeline.objects.get(), now=NOW + timedelta(days=400))
    assert (old.runs, old.reissues, old.deliveries) == (2, 1, 0)
    assert found("museum leaflet") == [answered.pk]
    assert not found('"the north crane"')


def test_what_was_written_before_is_taken_to_be_in_the_language_of_the_site(scratch: None) -> None:
    before = Before([("reviews", "0019_forget_webhooks")])
    whole = {"person": before.person, "created_at": NOW, "send_after": NOW, "tries_left": 8}
    sent = before.make("reviews.AlertMessage", subject="One", text="One alert.", tries=1, **whole)
    waits = before.make("reviews.AlertMessage", **whole)
    call_command("migrate", verbosity=0)
    languages = AlertMessage.objects.values_list("pk", "language")
    assert dict(languages) == {sent.pk: "en", waits.pk: ""}
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AlertMessage.objects.update(created_at=F("created_at"))


@pytest.mark.parametrize("by_time", [True, False])
def test_what_a_pattern_was_made_quiet_at_gets_the_unit_that_its_history_names(
    by_time: bool, scratch: None
) -> None:
    before = Before([("reviews", "0022_stamps")])
    weeks = {"pipeline": before.pipeline, "since": NOW, "first_week": NOW.date(), "last_week": NOW.date()}
    pattern = before.make(
        "reviews.Pattern", code="PII", state="new", hushed_at=NOW, hushed_by=before.person,
        hushed_declines=6, hushed_exposure=8.0, **weeks,
    )  # fmt: skip
    before.make("reviews.Pattern", code="CYBER", state="new", **weeks)
    line = {
        "from_state": "new",
        "to_state": "new",
        "at": NOW,
        "week": NOW.date(),
        "declines": 0,
        "exposure": 1,
    }
    for kind, unit in (("hushed", not by_time), ("listened", not by_time), ("hushed", by_time)):
        before.make(
            "reviews.PatternEvent", pattern=pattern, kind=kind, by=before.person, by_time=unit,
            declines_before=6, exposure_before=8.0, **line,
        )  # fmt: skip
    call_command("migrate", verbosity=0)
    assert dict(Pattern.objects.values_list("code", "hushed_by_time")) == {"PII": by_time, "CYBER": None}
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Pattern.objects.update(code=F("code"))


def test_what_was_settled_at_meetings_before_has_its_line_of_history(scratch: None) -> None:
    before = Before([("reviews", "0022_stamps")])
    who, day = before.person, NOW.date()
    taken = {"week": day, "line": "silent/x", "label": "l", "note": "n", "owner": who, "due": day}
    taken |= {"created_by": who, "created_at": NOW}
    before.make("reviews.Action", **taken)
    done = before.make("reviews.Action", **taken, state="done", settled_by=who, settled_at=NOW + HOUR)
    call_command("migrate", verbosity=0)
    (line,) = ActionEvent.objects.all()
    assert (line.action_id, line.by_id, line.at, line.state) == (done.pk, who.pk, NOW + HOUR, "done")
    assert line.changes == {
        "state": ["open", "done"],
        "settled_by": [None, "rosa"],
        "settled_at": [None, (NOW + HOUR).isoformat()],
    }


def test_a_request_that_was_null_is_none_and_what_was_redacted_is_not_sent(scratch: None) -> None:
    before = Before([("pipelines", "0006_retention"), ("reviews", "0022_stamps")])
    stored = {
        "null": "null",
        "none": "",
        "whole": '{"model": "m"}',
        "odd": '{"safety_identifier": "[redacted]"}',
    }
    for name, text in stored.items():
        content = before.run(name).content
        content.request = text
        content.save()
    call_command("migrate", verbosity=0)
    kept = dict(RunContent.objects.values_list("run__run_id", "request"))
    assert kept == stored | {"null": ""}
    assert not RunContent.objects.exclude(betas="").exists()
    assert [name for name, text in kept.items() if holds_redacted(text)] == ["odd"]
    with pytest.raises(IntegrityError, match="content_request_is_an_object"), transaction.atomic():
        RunContent.objects.filter(run__run_id="none").update(request="null")


def test_times_that_end_beyond_the_calendar_are_shortened(scratch: None) -> None:
    before = Before([("reviews", "0022_stamps"), ("pipelines", "0006_retention")])
    long = {"retention_days": 1_000_000, "held_expires_after": 99_999_999}
    before.make("pipelines.Pipeline", slug="for-good", title="For good", **long)
    call_command("migrate", verbosity=0)
    kept = dict(Pipeline.objects.values_list("slug", "retention_days"))
    assert kept == {"museum-guide": 180, "for-good": MOST_RETENTION_DAYS}
    waits = dict(Pipeline.objects.values_list("slug", "held_expires_after"))
    assert waits == {"museum-guide": None, "for-good": MOST_HELD_HOURS}


def test_an_empty_database_migrates(db: None) -> None:
    """The tests' own database began empty, and the migrations made it."""
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert MigrationRecorder.Migration.objects.filter(app="reviews").count() > 1
    assert not Case.objects.exists()
