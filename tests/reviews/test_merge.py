"""Cases that are the same: decided once for both, counted on both, and taken apart again."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from pipelines.models import Pipeline, Run
from pipelines.running import Ended
from refusals import Outcome
from reviews.claim import HeldByAnother, claim
from reviews.count import counted, recount
from reviews.decide import reclassify
from reviews.history import line_of
from reviews.merge import NotTheSame, merge, split
from reviews.models import Case, EventKind, Resolution, Sending, Snooze
from reviews.move import MoveNotAllowed, StaleCase
from reviews.queue import Filter
from reviews.send import send, sweep
from reviews.snooze import snooze
from reviews.undo import NotUndoable, undo
from tests.reviews.acting import act
from tests.reviews.making import HOUR, NOW, declined, ending, held, kinds, record, to_send

LATER = NOW + HOUR


@pytest.fixture
def pair(pipeline: Pipeline) -> tuple[Case, Case]:
    """Two held cases of one pipeline; the first has two runs."""
    record(pipeline, [declined("a"), declined("a"), declined("b")])
    one, other = Case.objects.order_by("-declines")
    return one, other


def join(one: Case, other: Case, by: User) -> Case:
    one.refresh_from_db()
    return merge(case_id=one.pk, version=one.version, into=other.pk, by=by, now=LATER)


def figures(*cases: Case) -> list[tuple[str, int, int]]:
    found = {case.pk: case for case in Case.objects.all()}
    return [(found[one.pk].state, found[one.pk].declines, found[one.pk].blocked_runs) for one in cases]


def test_a_merged_case_is_closed_into_the_other_which_counts_both(
    pair: tuple[Case, Case], reviewer: User
) -> None:
    one, other = pair
    assert join(one, other, reviewer) == other
    one.refresh_from_db()
    assert (one.state, one.resolution, one.merged_into) == ("closed", Resolution.MERGED, other)
    assert figures(one, other) == [("closed", 2, 2), ("held", 3, 3)]
    assert [line_of(event).said for event in one.events.filter(kind=EventKind.MERGED)] == [
        f"merged into case {other.pk}"
    ]
    assert [line_of(event).said for event in other.events.filter(kind=EventKind.MERGED)] == [
        f"case {one.pk} joined"
    ]
    assert Run.objects.filter(folded__case=one).count() == 2, "it keeps its own runs"
    assert list(Filter().cases(now=LATER)) == [other]


def test_repeats_of_a_merged_case_count_on_both_and_splitting_takes_them_apart(
    pipeline: Pipeline, pair: tuple[Case, Case], reviewer: User
) -> None:
    one, other = pair
    join(one, other, reviewer)
    record(pipeline, [declined("a", at=LATER), declined("b", at=LATER), declined("a", at=LATER)], now=LATER)
    assert figures(one, other) == [("closed", 4, 4), ("held", 6, 6)]
    other.refresh_from_db()
    assert other.last_seen == LATER
    split(case_id=one.pk, by=reviewer, now=LATER)
    assert figures(one, other) == [("held", 4, 4), ("held", 2, 2)]
    one.refresh_from_db()
    assert (one.merged_into, one.resolution, one.held_since) == (None, "", LATER)
    record(pipeline, [declined("a", at=LATER)], now=LATER)
    assert figures(one, other) == [("held", 5, 5), ("held", 2, 2)]


def test_undoing_a_merge_leaves_each_with_the_repeats_that_came_meanwhile(
    pipeline: Pipeline, pair: tuple[Case, Case], reviewer: User
) -> None:
    one, other = pair
    event = act("merge", one, reviewer, NOW)
    record(pipeline, [declined("a"), declined("b")])
    undo(event_id=event.pk, by=reviewer, now=NOW)
    assert figures(one, other) == [("held", 3, 3), ("held", 2, 2)]
    one.refresh_from_db()
    assert (one.held_since, one.merged_into) == (NOW, None)
    assert kinds(other)[-1] == EventKind.SPLIT


@pytest.mark.parametrize("name", ["uphold", "by hand"])
def test_a_repeat_of_a_merged_case_leaves_closed_what_a_person_settled(
    name: str, pipeline: Pipeline, pair: tuple[Case, Case], reviewer: User
) -> None:
    one, other = pair
    join(one, other, reviewer)
    act(name, other, reviewer, LATER)
    record(pipeline, [declined("a", at=LATER)], now=LATER)
    assert [state for state, *_ in figures(one, other)] == ["closed", "closed"]


def test_a_repeat_of_a_merged_case_brings_the_other_back_with_what_is_new_alone(
    pipeline: Pipeline, pair: tuple[Case, Case], reviewer: User
) -> None:
    one, other = pair
    third = held(pipeline, "c")
    join(one, other, reviewer)
    join(third, other, reviewer)
    act("withdraw", other, reviewer, LATER)
    record(pipeline, [declined("a", at=LATER), declined("a", at=LATER)], now=LATER)
    assert figures(one, other, third) == [("closed", 4, 2), ("held", 6, 2), ("closed", 1, 0)]
    other.refresh_from_db()
    assert other.returns == 1
    assert kinds(other)[-1] == EventKind.CAME_BACK
    for case in (one, third):
        split(case_id=case.pk, by=reviewer, now=LATER)
    assert figures(one, other, third) == [("held", 4, 2), ("held", 1, 0), ("held", 1, 0)]


def test_a_batch_that_holds_both_cases_of_a_group_that_returns_counts_each_run_once(
    pipeline: Pipeline, pair: tuple[Case, Case], reviewer: User
) -> None:
    one, other = pair
    for first, second in ((one, other), (other, one)):
        join(first, second, reviewer)
        act("withdraw", second, reviewer, LATER)
        record(pipeline, [declined("a"), declined("b"), declined("b")], now=LATER)
        assert figures(second)[0][::2] == ("held", 3)
        split(case_id=first.pk, by=reviewer, now=LATER)


def test_a_case_can_join_one_that_is_closed(pair: tuple[Case, Case], reviewer: User) -> None:
    one, other = pair
    act("uphold", other, reviewer, NOW)
    join(one, other, reviewer)
    assert figures(one, other) == [("closed", 2, 2), ("closed", 3, 3)]


def test_merging_into_a_merged_case_merges_into_the_one_that_it_is_merged_into(
    pipeline: Pipeline, pair: tuple[Case, Case], reviewer: User
) -> None:
    one, other = pair
    third = held(pipeline, "c")
    join(one, other, reviewer)
    assert join(third, one, reviewer) == other
    assert set(Case.objects.exclude(merged_into=None).values_list("merged_into", flat=True)) == {other.pk}
    assert figures(other) == [("held", 4, 4)]


def test_what_is_not_the_same_is_refused(
    pipeline: Pipeline, other_pipeline: Pipeline, pair: tuple[Case, Case], reviewer: User
) -> None:
    one, other = pair
    stranger, third = held(other_pipeline, "a"), held(pipeline, "c")
    with pytest.raises(NotTheSame, match="into itself"):
        join(one, one, reviewer)
    with pytest.raises(NotTheSame, match="of one pipeline"):
        join(one, stranger, reviewer)
    with pytest.raises(NotTheSame, match="no case 4242"):
        merge(case_id=one.pk, version=1, into=4242, by=reviewer, now=LATER)
    join(one, other, reviewer)
    with pytest.raises(NotTheSame, match="the other way round"):
        join(other, third, reviewer)
    with pytest.raises(NotTheSame, match="into itself"):
        join(other, one, reviewer)
    with pytest.raises(MoveNotAllowed):
        join(one, third, reviewer)
    assert figures(other, third) == [("held", 3, 3), ("held", 1, 1)]


def test_who_may_merge_and_when(
    pair: tuple[Case, Case], reviewer: User, other_reviewer: User, viewer: User
) -> None:
    one, other = pair
    with pytest.raises(PermissionDenied):
        merge(case_id=one.pk, version=1, into=other.pk, by=viewer, now=NOW)
    with pytest.raises(StaleCase):
        merge(case_id=one.pk, version=7, into=other.pk, by=reviewer, now=NOW)
    claim(case_id=one.pk, by=reviewer, now=NOW)
    with pytest.raises(HeldByAnother):
        merge(case_id=one.pk, version=1, into=other.pk, by=other_reviewer, now=NOW)
    merge(case_id=one.pk, version=1, into=other.pk, by=reviewer, now=NOW)
    with pytest.raises(PermissionDenied):
        split(case_id=one.pk, by=viewer, now=NOW)
    with pytest.raises(MoveNotAllowed, match="merged into no other"):
        split(case_id=other.pk, by=reviewer, now=NOW)
    with pytest.raises(MoveNotAllowed):
        act("reopen", one, reviewer, NOW)


def test_a_split_is_not_undone_into_a_group_of_two_levels(
    pipeline: Pipeline, pair: tuple[Case, Case], reviewer: User
) -> None:
    one, other = pair
    join(one, other, reviewer)
    event = act("split", one, reviewer, NOW)
    join(other, one, reviewer)
    with pytest.raises(NotUndoable, match="changed since"):
        undo(event_id=event.pk, by=reviewer, now=NOW)
    split(case_id=other.pk, by=reviewer, now=NOW)
    third = held(pipeline, "c")
    join(other, third, reviewer)
    with pytest.raises(NotUndoable, match="changed since"):
        undo(event_id=event.pk, by=reviewer, now=NOW)


def test_reclassifying_corrects_the_runs_of_merged_cases_too_and_splitting_keeps_it(
    pair: tuple[Case, Case], reviewer: User
) -> None:
    one, other = pair
    join(one, other, reviewer)
    reclassify(
        case_id=other.pk, version=1, outcome=Outcome.DECLINED, code="PII", reason="r", by=reviewer, now=LATER
    )
    assert set(Run.objects.values_list("corrected_code", flat=True)) == {"PII"}
    assert counted() == recount()
    split(case_id=one.pk, by=reviewer, now=LATER)
    assert list(Case.objects.order_by("pk").values_list("code", flat=True)) == ["PII", "PII"]


def test_growing_by_a_merge_wakes_what_waited_for_growth(pair: tuple[Case, Case], reviewer: User) -> None:
    one, other = pair
    snooze(case_id=other.pk, kind=Snooze.GROWTH, more=2, by=reviewer, now=NOW)
    join(one, other, reviewer)
    other.refresh_from_db()
    assert (other.snooze, kinds(other)[-1]) == ("", EventKind.WOKE)


def test_a_late_decline_of_a_merged_cases_reissue_counts_on_both(
    pair: tuple[Case, Case], reviewer: User
) -> None:
    one, other = pair
    sending = to_send(one, by=reviewer)

    def late(request: str, **_: object) -> Ended:
        sweep(now=LATER)
        join(one, other, reviewer)
        return ending("refusal")

    send(reissue_id=sending.pk, clock=lambda: NOW, ask=late)
    sending.refresh_from_db()
    assert sending.state == Sending.DECLINED
    assert figures(one, other) == [("closed", 3, 2), ("held", 4, 3)]
    split(case_id=one.pk, by=reviewer, now=LATER)
    assert figures(one, other) == [("held", 3, 2), ("held", 1, 1)]
