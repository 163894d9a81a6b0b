"""A snoozed case waits for a date, for growth or for another model, and then for a person again."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from pipelines.models import Origin, Pipeline, Run
from reviews.claim import HeldByAnother, claim
from reviews.decide import NotComplete, settle
from reviews.history import line_of
from reviews.models import Case, EventKind, Kind, Snooze, State
from reviews.move import AWAKE, MoveNotAllowed
from reviews.queue import Filter, waiting_count
from reviews.snooze import models_of, snooze, wake
from reviews.undo import undo
from tests.reviews.making import HOUR, NOW, come, declined, held, kinds, record, request, to_send


def in_queue(case: Case, *, now: datetime = NOW) -> bool:
    """Whether the queue shows it; the snoozed ones are exactly the others."""
    waits = Filter().cases(now=now).contains(case)
    assert Filter(state="snoozed").cases(now=now).contains(case) is not waits
    assert waiting_count(now=now) == (1 if waits else 0)
    assert Case.objects.get(pk=case.pk).is_snoozed(now=now) is not waits
    return waits


def asks(model: str, **more: Any) -> dict[str, Any]:
    return declined(**more) | {"request": request("Describe the pier.") | {"model": model}}


def test_until_a_date_it_rests_and_then_it_waits_again_by_itself(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    snooze(case_id=case.pk, kind=Snooze.DATE, until=NOW + HOUR, by=reviewer, now=NOW)
    assert not in_queue(case, now=NOW + HOUR - timedelta(seconds=1))
    assert in_queue(case, now=NOW + HOUR), "its columns still say so, its date is over"
    event = case.events.get(kind=EventKind.SNOOZED)
    assert (event.by, line_of(event).said) == (reviewer, "snoozed until 2026-03-02 13:00")


def test_a_case_whose_date_is_over_is_snoozed_again_and_settled_like_any_other(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    snooze(case_id=case.pk, kind=Snooze.DATE, until=NOW + HOUR, by=reviewer, now=NOW)
    snooze(case_id=case.pk, kind=Snooze.GROWTH, more=1, by=reviewer, now=NOW + 2 * HOUR)
    assert not in_queue(case, now=NOW + 2 * HOUR)
    settle(case_id=case.pk, version=1, kind=Kind.UPHOLD, reason="r", by=reviewer, now=NOW + 2 * HOUR)
    found = Case.objects.values(*AWAKE).get()
    assert found == AWAKE, "nothing of it is left"


def test_a_date_of_another_zone_is_undone_like_any_other(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    until = datetime(2026, 3, 3, 9, 0, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    snooze(case_id=case.pk, kind=Snooze.DATE, until=until, by=reviewer, now=NOW)
    undo(event_id=case.events.get(kind=EventKind.SNOOZED).pk, by=reviewer, now=NOW)
    assert in_queue(case)


def test_until_it_grows_it_wakes_in_the_batch_that_makes_it_grow(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    record(pipeline, [declined()])
    snooze(case_id=case.pk, kind=Snooze.GROWTH, more=3, by=reviewer, now=NOW)
    record(pipeline, [declined(at=NOW + HOUR)] * 2, now=NOW + HOUR)
    assert not in_queue(case, now=NOW + 1000 * HOUR)
    record(pipeline, [declined(at=NOW + 2 * HOUR), declined("Another.")] * 2, now=NOW + 2 * HOUR)
    case.refresh_from_db()
    assert (case.snooze, case.declines) == ("", 6)
    assert kinds(case)[-1] == EventKind.WOKE
    event = case.events.get(kind=EventKind.WOKE)
    assert (line_of(event).said, event.by, event.at) == (
        "woke up: it grew to 6 declines",
        None,
        NOW + 2 * HOUR,
    )


def test_until_another_model_it_wakes_with_the_first_run_that_asks_for_one(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    record(pipeline, [asks("claude-haiku-4-5", task_id="t9")])
    snooze(case_id=case.pk, kind=Snooze.MODEL, by=reviewer, now=NOW)
    case.refresh_from_db()
    assert case.snoozed_models == ["claude-haiku-4-5", "claude-opus-5-5"]
    record(pipeline, [declined(), asks("claude-haiku-4-5")])
    record(pipeline, [{"prompt": "p", "text": "An answer without a model's name."}])
    record(other_pipeline, [asks("claude-sonnet-5")])
    case.refresh_from_db()
    assert case.is_snoozed(now=NOW + 1000 * HOUR)
    answered = {
        "request": request("Other.") | {"model": "claude-sonnet-5"},
        "text": "Any answer at all will do.",
    }
    record(pipeline, [answered], now=NOW + HOUR)
    case.refresh_from_db()
    assert (case.snooze, case.state) == ("", State.HELD)
    event = case.events.get(kind=EventKind.WOKE)
    assert (line_of(event).said, event.at) == (
        "woke up: a run asked for claude-sonnet-5",
        NOW + HOUR,
    )


def test_a_model_that_only_a_reissue_asked_for_is_none_of_the_pipelines(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    to_send(case, by=reviewer)
    come(case.reissues.get(), "refusal", now=NOW)
    assert Run.objects.filter(origin=Origin.REISSUE).update(requested_model="claude-sonnet-5") == 1
    assert models_of(pipeline) == ["claude-opus-5-5"]


def test_a_case_wakes_once_and_not_at_every_run_of_the_new_model(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    snooze(case_id=case.pk, kind=Snooze.MODEL, by=reviewer, now=NOW)
    for _ in range(3):
        record(pipeline, [asks("claude-sonnet-5")])
    assert kinds(case).count(EventKind.WOKE) == 1


def test_a_snoozed_case_is_woken_by_hand_and_one_that_is_awake_stays_so(
    pipeline: Pipeline, reviewer: User, viewer: User
) -> None:
    case = held(pipeline)
    wake(case_id=case.pk, by=reviewer, now=NOW)
    assert EventKind.WOKE not in kinds(case)
    snooze(case_id=case.pk, kind=Snooze.MODEL, by=reviewer, now=NOW)
    with pytest.raises(PermissionDenied):
        wake(case_id=case.pk, by=viewer, now=NOW)
    wake(case_id=case.pk, by=reviewer, now=NOW)
    assert in_queue(case)
    assert case.events.get(kind=EventKind.WOKE).by == reviewer


@pytest.mark.parametrize(
    ("kind", "more", "field"),
    [
        (Snooze.DATE, {}, "until"),
        (Snooze.DATE, {"until": NOW}, "until"),
        (Snooze.GROWTH, {}, "more"),
        (Snooze.GROWTH, {"more": 0}, "more"),
    ],
)
def test_a_snooze_without_its_end_is_refused(
    pipeline: Pipeline, reviewer: User, kind: Snooze, more: dict[str, int], field: str
) -> None:
    case = held(pipeline)
    with pytest.raises(NotComplete) as refused:
        snooze(case_id=case.pk, kind=kind, by=reviewer, now=NOW, **more)  # type: ignore[arg-type]  # until or more
    assert refused.value.field == field
    assert in_queue(case)


def test_only_who_may_snoozes_only_what_is_held_and_nobody_what_another_holds(
    pipeline: Pipeline, reviewer: User, other_reviewer: User, viewer: User
) -> None:
    case = held(pipeline)
    with pytest.raises(PermissionDenied):
        snooze(case_id=case.pk, kind=Snooze.MODEL, by=viewer, now=NOW)
    claim(case_id=case.pk, by=reviewer, now=NOW)
    with pytest.raises(HeldByAnother):
        snooze(case_id=case.pk, kind=Snooze.MODEL, by=other_reviewer, now=NOW)
    snooze(case_id=case.pk, kind=Snooze.MODEL, by=reviewer, now=NOW)
    case.refresh_from_db()
    assert case.claimed_by is None, "who puts it to rest lets it go"
    settle(case_id=case.pk, version=1, kind=Kind.UPHOLD, reason="r", by=reviewer, now=NOW)
    with pytest.raises(MoveNotAllowed):
        snooze(case_id=case.pk, kind=Snooze.MODEL, by=reviewer, now=NOW)
