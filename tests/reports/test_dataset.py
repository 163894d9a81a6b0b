"""The data set: which cases, what a line says of each, who may take it, and that each time is written down."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pipelines.models import Pipeline, RunContent
from refusals.locks import try_lock
from reviews import dataset
from reviews.dataset import Wanted, export
from reviews.decide import settle
from reviews.deliver import accept
from reviews.models import Case, ExportKind, Kind, Resolution, State, TextExport
from reviews.reports.weeks import current_week, week_name
from tests.reviews.making import ANSWER, CONTEXT, NOW, ended, guarded, held, record

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
LATER = NOW + timedelta(days=1)
PROMPT = "Describe the pier."


@pytest.fixture
def pipeline(db: None) -> Pipeline:
    return Pipeline.objects.create(slug="museum-guide", title="Museum guide")


def delivered(pipeline: Pipeline, by: User, prompt: str = PROMPT) -> Case:
    """A case that was answered once context was given."""
    case = held(pipeline, prompt)
    ended(case, by)
    accept(case_id=case.pk, version=case.version, by=by, now=NOW)
    return Case.objects.get(pk=case.pk)


def settled(pipeline: Pipeline, by: User, kind: Kind, prompt: str, **more: Any) -> Case:
    case = held(pipeline, prompt)
    settle(case_id=case.pk, version=case.version, kind=kind, reason="It was right.", by=by, now=NOW, **more)
    return Case.objects.get(pk=case.pk)


def lines(wanted: Wanted | None = None, *, by: User) -> list[dict[str, Any]]:
    _logged, found = export(wanted or Wanted(), by=by, now=LATER)
    return [json.loads(line) for line in found]


def test_a_positive_example_holds_what_was_asked_what_was_added_and_what_was_answered(
    pipeline: Pipeline, lead: User
) -> None:
    case = delivered(pipeline, lead)
    (line,) = lines(by=lead)
    assert (line["case"], line["example"], line["resolution"]) == (case.pk, "positive", "delivered")
    assert (line["prompt"], line["answer"], line["answer_by"], line["accepted"]) == (
        PROMPT,
        ANSWER,
        "model",
        True,
    )
    assert line["context"] == {
        "way": "context",
        "purpose": CONTEXT.purpose,
        "background": CONTEXT.background,
        "handling_limits": CONTEXT.handling_limits,
        **dict.fromkeys(("serves", "authority", "text_before", "text_after")),
    }
    assert (line["code"], line["category"], line["decision"]) == ("CYBER", "cyber", "reissue")
    assert (line["outcome"], line["reissues"], line["model"]) == ("ok", 1, "claude-opus-5-5")
    assert (line["pipeline"], line["week"]) == ("museum-guide", "2026-W10")


def test_a_negative_example_says_that_the_decline_was_right_and_has_no_answer(
    pipeline: Pipeline, lead: User
) -> None:
    settled(pipeline, lead, Kind.UPHOLD, "Another.")
    (line,) = lines(by=lead)
    assert (line["example"], line["decision"], line["reason"]) == ("negative", "uphold", "It was right.")
    assert (line["answer"], line["context"], line["outcome"], line["reissues"]) == (None, None, None, 0)


def test_what_a_person_did_or_withdrew_is_an_example_of_neither(pipeline: Pipeline, lead: User) -> None:
    settled(pipeline, lead, Kind.BY_HAND, "By hand.", text="A text of a person's own, long enough to pass.")
    settled(pipeline, lead, Kind.WITHDRAW, "Withdrawn.")
    by_hand, withdrawn = lines(by=lead)
    assert (by_hand["example"], by_hand["answer_by"]) == (None, "person")
    assert by_hand["answer"].startswith("A text of a person's own")
    assert (withdrawn["example"], withdrawn["resolution"], withdrawn["answer"]) == (None, "withdrawn", None)


def test_declined_again_and_then_upheld_keeps_the_context_that_did_not_help(
    pipeline: Pipeline, lead: User
) -> None:
    case = held(pipeline)
    ended(case, lead, "refusal")
    settle(
        case_id=case.pk, version=case.version, kind=Kind.UPHOLD, reason="Twice is right.", by=lead, now=NOW
    )
    (line,) = lines(by=lead)
    assert (line["example"], line["outcome"], line["accepted"]) == ("negative", "declined", False)
    assert line["context"]["purpose"] == CONTEXT.purpose


def test_what_waits_was_merged_can_be_undone_or_lost_its_text_is_left_out(
    pipeline: Pipeline, lead: User, settings: Any
) -> None:
    held(pipeline, "Waiting.")
    gone = settled(pipeline, lead, Kind.UPHOLD, "Its text is gone.")
    RunContent.objects.filter(run=gone.first_run).delete()
    into, merged = held(pipeline, "Into."), held(pipeline, "Merged.")
    Case.objects.filter(pk=merged.pk).update(
        state=State.CLOSED, resolution=Resolution.MERGED, merged_into=into, closed_at=NOW
    )
    assert lines(by=lead) == []
    settled(pipeline, lead, Kind.UPHOLD, "Fresh.")
    assert len(lines(by=lead)) == 1
    settings.UNDO_SECONDS = 10**6
    assert lines(by=lead) == []


def test_a_filter_asks_for_weeks_pipeline_code_and_decision(pipeline: Pipeline, lead: User) -> None:
    settled(pipeline, lead, Kind.UPHOLD, "One.")
    settled(pipeline, lead, Kind.WITHDRAW, "Two.")
    week = NOW.date()
    for wanted, n in (
        (Wanted(resolution="upheld"), 1),
        (Wanted(code="CYBER"), 2),
        (Wanted(code="PII"), 0),
        (Wanted(pipeline="museum-guide"), 2),
        (Wanted(pipeline="another"), 0),
        (Wanted(topic="-"), 2),
        (Wanted(topic="another"), 0),
        (Wanted(since=week, until=week), 2),
        (Wanted(since=week + timedelta(weeks=1)), 0),
        (Wanted(until=week - timedelta(weeks=1)), 0),
    ):
        assert len(lines(wanted, by=lead)) == n, wanted


def test_secrets_of_a_providers_protocol_are_taken_out(pipeline: Pipeline, lead: User) -> None:
    case = settled(pipeline, lead, Kind.UPHOLD, "Its prompt will hold one.")
    RunContent.objects.filter(run=case.first_run).update(prompt='{"safety_identifier": "user-4711"}')
    (line,) = lines(by=lead)
    assert line["prompt"] == '{"safety_identifier": "[redacted]"}'


def test_each_export_is_written_down_before_a_line_leaves_and_the_log_stands(
    pipeline: Pipeline, lead: User
) -> None:
    settled(pipeline, lead, Kind.UPHOLD, "One.")
    wanted = Wanted(resolution="upheld", since=NOW.date())
    logged, _unread = export(wanted, by=lead, now=LATER)
    kept = TextExport.objects.get()
    assert kept == logged
    assert (kept.kind, kept.by, kept.at, kept.n) == (ExportKind.DATASET, lead, LATER, 1)
    assert kept.filter == "since=2026-W10&resolution=upheld"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        TextExport.objects.update(n=0)


def test_many_cases_are_read_a_few_at_a_time(
    pipeline: Pipeline,
    lead: User,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(6):
        settled(pipeline, lead, Kind.UPHOLD, f"Number {number}.")
    monkeypatch.setattr(dataset, "AT_ONCE", 2)
    read: list[int] = []
    _logged, found = export(Wanted(), by=lead, now=LATER, done=read.append)
    with django_assert_max_num_queries(4):
        next(found), next(found)
    assert read == []
    assert len(list(found)) == 4
    assert read == [2, 2, 2]


def test_a_lead_takes_it_as_a_download_and_nobody_else_does(
    pipeline: Pipeline, lead: User, reviewer: User, viewer: User, client: Client, client_as: SignIn
) -> None:
    settled(pipeline, lead, Kind.UPHOLD, "Zoë's piers.")
    for person in (reviewer, viewer):
        assert client_as(person).get("/dataset/").status_code == 403
        assert client_as(person).post("/dataset/file/").status_code == 403
    assert client.post("/dataset/file/")["Location"].startswith("/login/")
    assert client_as(lead).get("/dataset/file/").status_code == 405
    assert not TextExport.objects.exists()
    response = client_as(lead).post("/dataset/file/", {"resolution": "upheld"})
    assert response.streaming
    (line,) = response.getvalue().decode().splitlines()
    assert json.loads(line)["prompt"] == "Zoë's piers."
    assert response["Content-Disposition"].endswith('.jsonl"')
    assert response["X-Content-Type-Options"] == "nosniff"
    page = client_as(lead).get("/dataset/?resolution=upheld").content.decode()
    assert "1 case" in page and "resolution=upheld" in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "last"}, "This is no week"),
        ({"since": "2026-W11", "until": "2026-W10"}, "The last week is before the first."),
        ({"pipeline": "nobody"}, "nobody is not one of the available choices"),
        ({"resolution": "merged"}, "merged is not one of the available choices"),
    ],
)
def test_a_filter_that_cannot_be_read_names_its_field_and_exports_nothing(
    asked: dict[str, str], said: str, pipeline: Pipeline, lead: User, client_as: SignIn
) -> None:
    for response in (
        client_as(lead).get("/dataset/", asked),
        client_as(lead).post("/dataset/file/", asked),
    ):
        assert response.status_code == 422
        assert said in response.content.decode()
    assert not TextExport.objects.exists()


def test_the_command_writes_a_file_in_a_leads_name(
    pipeline: Pipeline, lead: User, reviewer: User, tmp_path: Path
) -> None:
    settled(pipeline, lead, Kind.UPHOLD, "One.")
    path = tmp_path / "decided.jsonl"
    call_command("export_dataset", str(path), by="lead", resolution="upheld", verbosity=0)
    assert [json.loads(line)["prompt"] for line in path.read_text().splitlines()] == ["One."]
    assert TextExport.objects.get().by == lead
    assert list(tmp_path.iterdir()) == [path]
    for said, asked in (
        ("is there already", {"by": "lead"}),
        ("--by: there is nobody called 'x'", {"by": "x"}),
        ("--by: reviewer needs the right", {"by": "reviewer"}),
        ("--since: This is no week", {"by": "lead", "since": "yesterday"}),
    ):
        with pytest.raises(CommandError, match=said):
            call_command("export_dataset", str(path), verbosity=0, **asked)
    assert TextExport.objects.count() == 1


def test_what_a_cut_off_export_left_is_written_over_and_one_that_fails_leaves_nothing(
    pipeline: Pipeline, lead: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(pipeline, lead, Kind.UPHOLD, "One.")
    path, partial = tmp_path / "decided.jsonl", tmp_path / "decided.jsonl.part"
    partial.write_text("Cut off in the middle of a line, and longer than what comes: " + 9_999 * "x")
    with monkeypatch.context() as away, pytest.raises(DatabaseError):
        away.setattr("reviews.management.commands.export_dataset.export", _away)
        call_command("export_dataset", str(path), by="lead", verbosity=0)
    assert not list(tmp_path.iterdir())
    partial.write_text("Cut off again, where nobody could clear it away.")
    call_command("export_dataset", str(path), by="lead", verbosity=0)
    assert [json.loads(line)["prompt"] for line in path.read_text().splitlines()] == ["One."]
    assert list(tmp_path.iterdir()) == [path]


def _away(*_given: object, **_named: object) -> None:
    raise DatabaseError("the database is away")


def test_of_two_exports_to_one_file_the_second_is_told_and_the_first_goes_on(
    pipeline: Pipeline, lead: User, tmp_path: Path
) -> None:
    settled(pipeline, lead, Kind.UPHOLD, "One.")
    path, partial = tmp_path / "decided.jsonl", tmp_path / "decided.jsonl.part"
    with partial.open("a") as first:
        assert try_lock(first.fileno())
        first.write("One line.")
        first.flush()
        with pytest.raises(CommandError, match="is being written already"):
            call_command("export_dataset", str(path), by="lead", verbosity=0)
        assert partial.read_text() == "One line."
    assert not TextExport.objects.exists()


def test_a_guards_decline_has_its_detail(pipeline: Pipeline, lead: User) -> None:
    (run,) = record(pipeline, [guarded()])
    case = Case.objects.get(folded__run=run)
    settle(case_id=case.pk, version=case.version, kind=Kind.UPHOLD, reason="Right.", by=lead, now=NOW)
    (line,) = lines(by=lead)
    assert (line["code"], line["surface"], line["detail"]) == ("PII", "io_guardrail", "by the guard")


def test_every_field_is_described_and_no_other(pipeline: Pipeline, lead: User) -> None:
    delivered(pipeline, lead)
    (line,) = lines(by=lead)
    page = (Path(__file__).resolve().parents[2] / "docs" / "dataset.md").read_text()
    described = {row.split("`")[1] for row in page.splitlines() if row.startswith("| `")}
    assert described == set(line)


def test_the_form_takes_weeks_as_they_are_called(pipeline: Pipeline, lead: User, client_as: SignIn) -> None:
    this_week = week_name(current_week(now=timezone.now()))
    assert client_as(lead).get("/dataset/", {"since": this_week.lower()}).status_code == 200
