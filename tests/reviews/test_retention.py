"""What belongs to a case stays while somebody has it, and goes a retention time after that; what was decided stays."""

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from pipelines.models import DeclineEvent, Deletion, Pipeline, Run, RunContent
from reviews import tasks
from reviews.attach import OwnFile
from reviews.chain_api import chain_of
from reviews.compose import CannotCompose, EditByHand
from reviews.decide import settle
from reviews.deliver import accept
from reviews.draft import save
from reviews.export import export
from reviews.flips import flips
from reviews.merge import merge, split
from reviews.models import Case, CaseText, DeliveredFile, Delivery, Draft, Kind, Reissue, State
from reviews.note import note
from reviews.precedents import precedents
from reviews.queue import Filter
from reviews.reissue import preview
from reviews.retention import Old, delete_old_texts, old_texts
from reviews.reuse import used_before
from reviews.suspect import hold_suspected
from tests.reviews.making import (
    APOLOGY,
    CONTEXT,
    HOUR,
    NOW,
    answered,
    declined,
    ended,
    guarded,
    held,
    record,
)
from tests.reviews.racing import at_once
from tests.signing_in import reissued

DAY = timedelta(days=1)
OVER = NOW + 181 * DAY

pytestmark = pytest.mark.django_db


def settled(case: Case, by: User, kind: Kind = Kind.UPHOLD, *, now: datetime = NOW, **more: Any) -> Case:
    case.refresh_from_db()
    settle(case_id=case.pk, version=case.version, kind=kind, reason="The reason why.", by=by, now=now, **more)
    case.refresh_from_db()
    return case


def delivered(case: Case, by: User) -> Reissue:
    """Re-issue the case, let it be answered, and accept the answer."""
    sending = ended(case, by)
    accept(case_id=case.pk, version=case.version, by=by, now=NOW + HOUR)
    case.refresh_from_db()
    return sending


def go(pipeline: Pipeline, *, now: datetime = OVER, **more: Any) -> tuple[int, int, int]:
    old = delete_old_texts(pipeline, now=now, **more)
    return old.runs, old.reissues, old.deliveries


def with_texts() -> set[int]:
    return set(RunContent.objects.values_list("run_id", flat=True))


def found(query: str) -> list[int]:
    return [case.pk for case in Filter(state="all", q=query).cases(now=NOW)]


def test_runs_that_were_never_held_go_after_their_time(pipeline: Pipeline) -> None:
    old, young = record(pipeline, [answered(at=NOW - HOUR), answered("Another one.", at=NOW + DAY)])
    assert go(pipeline, now=NOW + 180 * DAY) == (1, 0, 0)
    old.refresh_from_db()
    assert with_texts() == {young.pk}
    assert old.deletion == Deletion.objects.get(at=NOW + 180 * DAY, after_days=180)


def test_an_open_case_keeps_its_texts_however_old_it_is(pipeline: Pipeline) -> None:
    case = held(pipeline)
    assert go(pipeline, now=NOW + 3000 * DAY) == (0, 0, 0)
    assert with_texts() == {case.first_run_id}
    assert DeclineEvent.objects.get().detail
    assert not Deletion.objects.exists()


def test_the_time_of_a_case_counts_from_its_closing(pipeline: Pipeline, reviewer: User) -> None:
    case = settled(held(pipeline), reviewer, now=NOW + 100 * DAY)
    assert go(pipeline, now=NOW + 280 * DAY) == (0, 0, 0)
    assert go(pipeline, now=NOW + 280 * DAY + HOUR) == (1, 0, 0)
    assert not with_texts()
    assert Case.objects.get().resolution == "upheld"
    assert case.decisions.get().reason == "The reason why."


def test_a_repeat_of_a_closed_case_has_its_own_time(pipeline: Pipeline, reviewer: User) -> None:
    settled(held(pipeline), reviewer)
    (repeat,) = record(pipeline, [declined(at=NOW + 10 * DAY)], now=NOW + 10 * DAY)
    assert go(pipeline) == (1, 0, 0)
    assert with_texts() == {repeat.pk}
    assert go(pipeline, now=OVER + 10 * DAY) == (1, 0, 0)


def test_a_case_that_came_back_keeps_what_it_has(pipeline: Pipeline, reviewer: User) -> None:
    case = settled(held(pipeline), reviewer, Kind.WITHDRAW)
    record(pipeline, [declined(at=OVER - DAY)], now=OVER - DAY)
    case.refresh_from_db()
    assert (case.state, go(pipeline)) == (State.HELD, (0, 0, 0))
    assert len(with_texts()) == 2


def test_a_merged_case_waits_for_the_one_that_it_is_merged_into(pipeline: Pipeline, reviewer: User) -> None:
    case, other = held(pipeline), held(pipeline, "Describe the crane.")
    merge(case_id=case.pk, version=case.version, into=other.pk, by=reviewer, now=NOW)
    assert go(pipeline) == (0, 0, 0)
    settled(other, reviewer, now=NOW + 20 * DAY)
    assert go(pipeline) == (0, 0, 0)
    assert go(pipeline, now=OVER + 20 * DAY) == (2, 0, 0)


def test_a_case_that_was_taken_apart_again_keeps_its_texts(pipeline: Pipeline, reviewer: User) -> None:
    case, other = held(pipeline), held(pipeline, "Describe the crane.")
    merge(case_id=case.pk, version=case.version, into=other.pk, by=reviewer, now=NOW)
    settled(other, reviewer)
    split(case_id=case.pk, by=reviewer, now=OVER - HOUR)
    assert go(pipeline) == (1, 0, 0)
    assert with_texts() == {case.first_run_id}


def test_the_copies_of_the_request_go_and_what_explains_stays(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    digest = delivered(case, reviewer).original_digest
    assert go(pipeline) == (2, 1, 0)
    sending = Reissue.objects.get()
    assert (sending.request, sending.original_digest) == ("", digest)
    assert (sending.purpose, sending.background) == (CONTEXT.purpose, CONTEXT.background)
    assert sending.handling_limits == CONTEXT.handling_limits
    assert sending.own_words
    assert sending.deletion is not None
    assert sending.deletion == sending.run.deletion == Case.objects.get().first_run.deletion  # type: ignore[union-attr]  # answered
    assert go(pipeline, now=OVER + DAY) == (0, 0, 0)


def test_an_edit_by_hand_goes_with_both_its_texts(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    edit = EditByHand(purpose="For the museum.", text="Describe the pier in one friendly page for visitors.")
    sending = reissued(case, asked=edit, by=reviewer, now=NOW)
    Reissue.objects.filter(pk=sending.pk).update(
        state="unknown", sending_since=NOW, give_up_at=NOW, finished_at=NOW
    )
    Case.objects.update(state="held")
    settled(case, reviewer)
    assert go(pipeline) == (1, 1, 0)
    gone = Reissue.objects.values_list("request", "text_before", "text_after", "own_words", "purpose").get()
    assert gone == ("", "", "", "", "For the museum.")
    other = held(Pipeline.objects.create(slug="other", title="Other"), "Describe the crane.")
    assert used_before(other, words=sending.own_words) == [case]


@pytest.mark.parametrize("what", ["text", "file"])
def test_what_a_person_delivered_goes(pipeline: Pipeline, reviewer: User, what: str) -> None:
    file = OwnFile(name="pier.pdf", media_type="application/pdf", content=b"%PDF-1.7 The pier.")
    given = {"text": "The pier, by hand."} if what == "text" else {"file": file}
    case = settled(held(pipeline), reviewer, Kind.BY_HAND, **given)
    assert go(pipeline, now=OVER - 2 * DAY) == (0, 0, 0)
    assert go(pipeline) == (1, 0, 1)
    delivery = Delivery.objects.get()
    assert (delivery.text, delivery.deletion is None) == ("", False)
    if what == "file":
        kept = DeliveredFile.objects.get()
        assert (kept.content, kept.name, kept.size) == (None, "pier.pdf", 18)
    assert case.decisions.get().reason == "The reason why."


def test_search_finds_no_word_of_what_is_gone_and_every_word_that_stays(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline, "Describe the lighthouse.")
    note(case_id=case.pk, text="Ask the harbourmaster.", by=reviewer, now=NOW)
    delivered(case, reviewer)
    gone, stays = (
        ["lighthouse", '"built in 1911"', "quoted"],
        ["harbourmaster", "leaflet", '"public catalogue"'],
    )
    assert [found(words) for words in [*gone, *stays]] == [[case.pk]] * 6
    go(pipeline)
    assert [found(words) for words in gone] == [[]] * 3
    assert [found(words) for words in stays] == [[case.pk]] * 3
    assert "lighthouse" not in CaseText.objects.get().text


def test_a_draft_that_was_left_lying_goes_and_one_of_today_stays(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    save(case_id=case.pk, form="note", values={"text": "Old."}, version=1, by=reviewer, now=NOW)
    settled(case, reviewer)
    Draft.objects.create(
        case=case, by=reviewer, form="ask", values={"text": "Old."}, case_version=1, saved_at=NOW
    )
    Draft.objects.create(
        case=case, by=reviewer, form="reply", values={"text": "New."}, case_version=1, saved_at=OVER
    )
    go(pipeline)
    assert [draft.form for draft in Draft.objects.all()] == ["reply"]
    assert go(pipeline) == (0, 0, 0)


def test_a_re_issue_of_what_is_gone_is_refused_and_says_when_it_went(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = settled(held(pipeline), reviewer, Kind.WITHDRAW)
    go(pipeline)
    record(pipeline, [declined(at=OVER)], now=OVER)
    case.refresh_from_db()
    assert case.state == State.HELD
    with pytest.raises(CannotCompose, match=r"deleted on 2026-08-30 after 180 days .* nothing to send again"):
        preview(case=case, asked=CONTEXT)
    with pytest.raises(CannotCompose, match="nothing to send again"):
        reissued(case, asked=CONTEXT, by=reviewer, now=OVER)
    assert not Reissue.objects.exists()


def test_precedents_and_the_endings_of_the_same_prompt_go_on(pipeline: Pipeline, reviewer: User) -> None:
    before = settled(held(pipeline), reviewer)
    go(pipeline)
    case = held(pipeline, "Describe the crane.", at=OVER)
    (one,) = precedents(case).shown
    assert (one.case, one.likeness, one.excerpt) == (before, None, "")
    assert [decision.reason for decision in one.decisions] == ["The reason why."]
    assert flips(before).endings == {"declined": 1}


def test_the_export_says_what_is_deleted(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    delivered(case, reviewer)
    go(pipeline)
    whole = json.loads(json.dumps(export(Case.objects.get(), now=OVER)))
    deleted = {"at": OVER.isoformat(), "after_days": 180}
    (sending,) = whole["reissues"]
    assert (whole["original"]["texts"], whole["original"]["texts_deleted"]) == (None, deleted)
    assert (sending["request"], sending["texts_deleted"]) == (None, deleted)
    assert (sending["answer"]["texts"], sending["answer"]["texts_deleted"]) == (None, deleted)
    assert sending["added"]["purpose"] == CONTEXT.purpose
    assert whole["deliveries"][0]["texts_deleted"] is None
    told = chain_of(case, run=case.first_run, now=OVER)
    assert (told["state"], told["delivered"], len(told["reissues"])) == ("expired", True, 1)


def test_one_pipeline_at_a_time(pipeline: Pipeline, other_pipeline: Pipeline) -> None:
    record(pipeline, [answered()])
    (other,) = record(other_pipeline, [answered()])
    assert go(pipeline) == (1, 0, 0)
    assert with_texts() == {other.pk}


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_whatever_the_size_of_a_batch_all_that_is_old_goes_and_nothing_else(
    pipeline: Pipeline, reviewer: User, batch: int
) -> None:
    """Runs of the same second, open cases between closed ones, and more of each than a batch takes."""
    record(pipeline, [answered(f"Item {n} of the harbour, restored.", at=NOW) for n in range(3)])
    open_cases = {held(pipeline, f"Open {n}").first_run_id for n in range(3)}
    for n in range(3):
        settled(held(pipeline, f"Closed {n}"), reviewer, Kind.BY_HAND, text=f"By hand {n}.")
    record(pipeline, [declined("Closed 0"), declined("Open 0")])
    young = {run.pk for run in record(pipeline, [answered(at=OVER)])}
    heard: list[int] = []
    assert go(pipeline, batch=batch, deleted=heard.append) == (7, 0, 3)
    assert sum(heard) == 10
    assert max(heard) <= batch
    repeats = set(Run.objects.filter(folded__case__state="held").values_list("pk", flat=True))
    assert with_texts() == open_cases | repeats | young
    assert go(pipeline, batch=batch) == (0, 0, 0)


def test_a_bounded_pass_leaves_the_rest_to_the_next(pipeline: Pipeline) -> None:
    record(pipeline, [answered(f"Item {n} of the harbour.", at=NOW) for n in range(5)])
    assert [go(pipeline, batch=2, most=2) for _ in range(4)] == [(2, 0, 0), (2, 0, 0), (1, 0, 0), (0, 0, 0)]


def test_a_longer_time_brings_nothing_back_and_keeps_what_is_left(pipeline: Pipeline) -> None:
    record(pipeline, [answered()])
    pipeline.retention_days = 365
    pipeline.save()
    assert go(pipeline) == (0, 0, 0)
    assert go(pipeline, now=NOW + 366 * DAY) == (1, 0, 0)
    assert Run.objects.get().deletion.after_days == 365  # type: ignore[union-attr]  # just deleted


def test_a_dry_run_counts_and_changes_nothing(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    delivered(case, reviewer)
    settled(held(pipeline, "Describe the crane."), reviewer, Kind.BY_HAND, text="By hand.")
    record(pipeline, [answered()])
    before = everything()
    assert old_texts(pipeline, now=NOW) == Old(pipeline=pipeline)
    assert old_texts(pipeline, now=OVER) == Old(pipeline=pipeline, runs=4, reissues=1, deliveries=1)
    assert everything() == before
    assert go(pipeline) == (4, 1, 1)
    assert old_texts(pipeline, now=OVER) == Old(pipeline=pipeline)


def everything() -> list[list[Any]]:
    tables: tuple[type[models.Model], ...] = (
        Run,
        RunContent,
        DeclineEvent,
        Case,
        CaseText,
        Reissue,
        Delivery,
        Deletion,
    )
    return [list(table._default_manager.order_by("pk").values()) for table in tables]


def run_command(*arguments: str) -> str:
    out = StringIO()
    call_command("delete_old_texts", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_which_pipelines_and_how_many(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    record(pipeline, [answered(f"Item {n} of the harbour.", at=NOW - 400 * DAY) for n in range(3)])
    held(other_pipeline, at=NOW - 400 * DAY)
    counts = "of museum-guide: the texts of 3 runs, 0 re-issues and 0 deliveries, older than 180 days.\n"
    assert run_command("--dry-run") == f"Would delete {counts}"
    assert RunContent.objects.count() == 4
    assert run_command() == f"Deleted {counts}"
    assert RunContent.objects.count() == 1
    assert run_command() == "No text is past its pipeline's retention time.\n"


def test_the_task_rings_for_each_pipeline_and_goes_on_until_all_is_gone(
    pipeline: Pipeline, other_pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(tasks.delete_old_texts_of, "delay", rung.append)
    monkeypatch.setattr(tasks, "DELETED_AT_ONCE", 2)
    record(pipeline, [answered(f"Item {n} of the harbour.", at=NOW - 400 * DAY) for n in range(3)])
    tasks.delete_old_texts()
    assert rung == [pipeline.pk, other_pipeline.pk]
    for _ in range(2):
        tasks.delete_old_texts_of(rung[0])
    assert rung == [pipeline.pk, other_pipeline.pk, pipeline.pk]
    assert not with_texts()


# What retention may do, and what nobody may: the columns that are set, in SQL.
EMPTY = {"request": "''", "text_before": "''", "text_after": "''"}
DELETED = {"deletion_id": "(SELECT max(id) FROM pipelines_deletion)"}
REFUSED: dict[str, tuple[type[models.Model], dict[str, str]]] = {
    "another request": (Reissue, {"request": "'{}'"}),
    "another request under a deletion": (Reissue, DELETED | {"request": "'{}'"}),
    "no request without a deletion": (Reissue, EMPTY),
    "other words": (Reissue, DELETED | EMPTY | {"own_words": "'mine'"}),
    "another purpose beside it": (Reissue, DELETED | EMPTY | {"purpose": "'mine'"}),
    "a text before": (Reissue, DELETED | EMPTY | {"text_before": "'mine'"}),
    "a deletion alone": (Reissue, DELETED),
    "another delivered text": (Delivery, {"text": "'mine'"}),
    "no delivered text without a deletion": (Delivery, {"text": "''"}),
    "another delivered text under a deletion": (Delivery, DELETED | {"text": "'mine'"}),
    "a deletion of a delivery alone": (Delivery, DELETED),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_lets_nothing_through_but_a_deletion(
    pipeline: Pipeline, reviewer: User, what: str
) -> None:
    ended(held(pipeline), reviewer)
    settled(held(pipeline, "Describe the crane."), reviewer, Kind.BY_HAND, text="By hand.")
    Deletion.objects.create(pipeline=pipeline, at=NOW, after_days=1)
    model, changes = REFUSED[what]
    with pytest.raises(IntegrityError), transaction.atomic():
        set_in_sql(model, changes)


def test_what_is_deleted_stays_so(pipeline: Pipeline, reviewer: User) -> None:
    delivered(held(pipeline), reviewer)
    settled(held(pipeline, "Describe the crane."), reviewer, Kind.BY_HAND, text="By hand.")
    assert go(pipeline) == (3, 1, 1)
    Deletion.objects.create(pipeline=pipeline, at=NOW, after_days=1)
    for model in (Reissue, Delivery):
        texts = EMPTY if model is Reissue else {"text": "''"}
        own = "deletion_id IS NOT NULL"
        for changes in ({"deletion_id": "NULL"}, DELETED, DELETED | texts, texts):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                set_in_sql(model, changes, where=own)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        set_in_sql(Delivery, {"text": "'back'"}, where="deletion_id IS NOT NULL")


def set_in_sql(model: type[models.Model], changes: dict[str, str], *, where: str = "1 = 1") -> None:
    columns = ", ".join(f"{column} = {value}" for column, value in changes.items())
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET {columns} WHERE {where}")  # noqa: S608  # our own names


def test_a_re_issue_that_may_still_leave_keeps_its_request(pipeline: Pipeline, reviewer: User) -> None:
    sending = reissued(held(pipeline), asked=CONTEXT, by=reviewer, now=NOW)
    deletion = Deletion.objects.create(pipeline=pipeline, at=NOW, after_days=1)
    with pytest.raises(IntegrityError, match="reissue_request_or_deletion"), transaction.atomic():
        Reissue.objects.filter(pk=sending.pk).update(request="", deletion=deletion)


@pytest.mark.django_db(transaction=True)
def test_beside_ingest_and_people_what_loses_its_texts_is_old_and_loses_them_whole(
    pipeline: Pipeline, reviewer: User
) -> None:
    for n in range(4):
        settled(held(pipeline, f"Item {n}"), reviewer, Kind.WITHDRAW)
    marked = record(pipeline, [answered(APOLOGY, at=NOW - n * HOUR) for n in range(4)])

    def come_back() -> None:
        for n in range(4):
            record(pipeline, [declined(f"Item {n}", at=OVER), guarded("New", at=OVER)], now=OVER)

    def hold() -> None:
        for run in marked:
            hold_suspected(run_id=run.pk, by=reviewer, now=OVER)

    def delete() -> Old:
        return delete_old_texts(pipeline, now=OVER, batch=1)

    at_once(come_back, hold, delete, delete)
    for run in Run.objects.select_related("folded__case"):
        gone = run.deletion_id is not None
        assert gone is not RunContent.objects.filter(run=run).exists()
        assert gone is not run.texts_kept
        assert run.happened_at < OVER or not gone
