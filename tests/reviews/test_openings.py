"""When a case was open: kept wherever it is opened or closed, and as if what was undone had not happened."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import override_settings

from pipelines.models import Pipeline
from reviews.decide import reopen, settle
from reviews.deliver import accept
from reviews.merge import merge, split
from reviews.models import Began, Case, CaseEvent, CaseRun, Kind, Opening, Resolution
from reviews.undo import undo
from tests.reviews.making import HOUR, NOW, declined, ended, held, record
from tests.reviews.opened import kept, read_from_history

Times = list[tuple[str, datetime, datetime | None, str]]


def times(case: Case) -> Times:
    """Return when a case was open, and how each time began and ended."""
    rows = case.openings.order_by("pk").values_list("began", "since", "until", "resolution")
    return [(began, since, until, resolution) for began, since, until, resolution in rows]


def withdraw(case: Case, by: User, *, at: datetime) -> None:
    case.refresh_from_db()
    settle(case_id=case.pk, version=case.version, kind=Kind.WITHDRAW, reason="Gone.", by=by, now=at)


def merge_into(case: Case, other: Case, by: User, *, at: datetime) -> None:
    case.refresh_from_db()
    merge(case_id=case.pk, version=case.version, into=other.pk, by=by, now=at)


def undo_last(case: Case, by: User, *, at: datetime) -> None:
    undo(event_id=CaseEvent.objects.filter(case=case, by=by).latest("pk").pk, by=by, now=at)


def test_a_case_is_open_from_its_first_decline_until_it_is_closed(pipeline: Pipeline, reviewer: User) -> None:
    record(pipeline, [declined(at=NOW + HOUR), declined(at=NOW)], now=NOW + 2 * HOUR)
    case = Case.objects.get()
    assert times(case) == [("new", NOW, None, "")]
    withdraw(case, reviewer, at=NOW + 3 * HOUR)
    assert times(case) == [("new", NOW, NOW + 3 * HOUR, "withdrawn")]


def test_one_that_comes_back_is_open_again_with_the_runs_that_brought_it(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    withdraw(case, reviewer, at=NOW + HOUR)
    runs = record(pipeline, [declined(at=NOW + 2 * HOUR), declined(at=NOW + 2 * HOUR)], now=NOW + 3 * HOUR)
    assert times(case) == [
        ("new", NOW, NOW + HOUR, "withdrawn"),
        ("came_back", NOW + 3 * HOUR, None, ""),
    ]
    back = case.openings.latest("pk")
    first = CaseRun.objects.filter(run__in=runs).order_by("pk")[0]
    assert (back.returned_at, back.returned_with) == (NOW + 3 * HOUR, first)
    withdraw(case, reviewer, at=NOW + 4 * HOUR)
    case.refresh_from_db()
    reopen(case_id=case.pk, version=case.version, reason="r", by=reviewer, now=NOW + 5 * HOUR)
    again = case.openings.latest("pk")
    assert (again.began, again.returned_with) == (Began.REOPENED, first), "what had its ending keeps it"


def test_an_undone_closing_leaves_the_opening_as_it_was(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    withdraw(case, reviewer, at=NOW + HOUR)
    undo_last(case, reviewer, at=NOW + HOUR + timedelta(minutes=1))
    assert times(case) == [("new", NOW, None, "")]


def test_an_undone_acceptance_too_though_the_case_is_not_held_by_it(
    pipeline: Pipeline, reviewer: User
) -> None:
    with override_settings(UNDO_SECONDS=60):
        case = held(pipeline)
        ended(case, reviewer)
        accept(case_id=case.pk, version=case.version, by=reviewer, now=NOW + HOUR)
        assert times(case) == [("new", NOW, NOW + HOUR, "delivered")]
        undo_last(case, reviewer, at=NOW + HOUR)
        assert times(case) == [("new", NOW, None, "")]


def test_an_undone_reopening_leaves_none(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    withdraw(case, reviewer, at=NOW + HOUR)
    case.refresh_from_db()
    reopen(case_id=case.pk, version=case.version, reason="r", by=reviewer, now=NOW + 2 * HOUR)
    assert times(case)[1:] == [("reopened", NOW + 2 * HOUR, None, "")]
    undo_last(case, reviewer, at=NOW + 2 * HOUR)
    assert times(case) == [("new", NOW, NOW + HOUR, "withdrawn")]


def test_a_merged_case_says_whose_it_waits_with_until_it_is_split_off(
    pipeline: Pipeline, reviewer: User
) -> None:
    case, other = held(pipeline), held(pipeline, "Describe the crane.")
    merge_into(case, other, reviewer, at=NOW + HOUR)
    merged = case.openings.get()
    assert (merged.resolution, merged.merged_into, merged.split_at) == (Resolution.MERGED, other, None)
    split(case_id=case.pk, by=reviewer, now=NOW + 2 * HOUR)
    merged.refresh_from_db()
    assert (merged.merged_into, merged.split_at) == (other, NOW + 2 * HOUR)
    assert times(case)[1:] == [("split", NOW + 2 * HOUR, None, "")]
    undo_last(case, reviewer, at=NOW + 2 * HOUR)
    merged.refresh_from_db()
    assert (merged.split_at, case.openings.count()) == (None, 1)
    assert kept() == read_from_history()


@pytest.mark.parametrize("undone", [False, True])
def test_what_had_its_ending_with_the_other_case_does_not_wait_again(
    pipeline: Pipeline, reviewer: User, undone: bool
) -> None:
    """Merged; the other was withdrawn, and came back; then taken apart, or the merging undone."""
    case, other = held(pipeline), held(pipeline, "Describe the crane.")
    merge_into(case, other, reviewer, at=NOW + HOUR)
    withdraw(other, reviewer, at=NOW + HOUR)
    later = NOW + HOUR + timedelta(minutes=5)
    record(pipeline, [declined("Describe the crane.", at=later)], now=later)
    if undone:
        event = CaseEvent.objects.get(case=case, kind="merged")
        undo(event_id=event.pk, by=reviewer, now=later)
    else:
        split(case_id=case.pk, by=reviewer, now=later)
    first, again = case.openings.order_by("pk")
    assert (first.until, first.split_at, again.began) == (NOW + HOUR, later, Began.SPLIT)
    assert again.returned_with == other.openings.latest("pk").returned_with
    assert kept() == read_from_history()


def test_what_is_reported_from_the_future_is_closed_no_earlier_than_it_began(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline, at=NOW + HOUR)
    withdraw(case, reviewer, at=NOW)
    assert times(case) == [("new", NOW + HOUR, NOW + HOUR, "withdrawn")]
    assert case.decisions.get().held_since == NOW, "no decision took less than no time"


def test_a_case_is_open_once_at_a_time(pipeline: Pipeline) -> None:
    case = held(pipeline)
    with pytest.raises(IntegrityError), transaction.atomic():
        Opening.objects.create(case=case, began=Began.REOPENED, since=NOW)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("opening_began_known", {"began": "by magic"}),
        ("opening_closed_whole", {"until": NOW}),
        ("opening_closed_whole", {"resolution": "upheld"}),
        ("opening_in_order", {"until": NOW - HOUR, "resolution": "upheld"}),
        ("opening_returned_whole", {"returned_at": NOW}),
        ("opening_came_back_with_a_run", {"began": "came_back"}),
        ("opening_merged_says_where", {"until": NOW, "resolution": "merged"}),
        ("opening_merged_says_where", {"until": NOW, "resolution": "upheld", "split_at": NOW}),
    ],
)
def test_the_database_refuses_a_half_opening(
    pipeline: Pipeline, constraint: str, values: dict[str, object]
) -> None:
    case = held(pipeline)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Opening.objects.filter(case=case).update(**values)
