"""What a pipeline is told of a held run: nothing that may still be undone, and what holds for merged cases."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from pipelines.models import Pipeline, Run
from reviews.api import deliverable_of
from reviews.merge import split
from reviews.models import Case, CaseRun
from reviews.move import KEPT
from reviews.undo import undo, until
from tests.reviews.acting import act
from tests.reviews.making import ANSWER, NOW, declined, ended, held, record

PATIENCE = timedelta(seconds=10)
MOMENT = timedelta(microseconds=1)
LATER = NOW + timedelta(hours=5)


@pytest.fixture(autouse=True)
def _what_leaves_waits(settings: Settings) -> None:
    settings.UNDO_SECONDS = 10


def told(run: Run, *, now: datetime) -> tuple[int, str, str]:
    """Return what the pipeline is told of a run: status, state, text."""
    case = CaseRun.objects.select_related("case__merged_into").get(run=run).case
    status, body = deliverable_of(case, run=run, now=now)
    return status, body["state"], body.get("text", "")


HELD = (202, "held", "")
DELIVERED = (200, "answered", ANSWER)


@pytest.mark.parametrize(
    ("name", "patience", "answer"),
    [
        ("uphold", KEPT, (200, "upheld", "")),
        ("withdraw", KEPT, (200, "withdrawn", "")),
        ("no decline", KEPT, (200, "reclassified", "")),
        ("by hand", KEPT, (200, "by_hand", "")),
        ("by hand with a text", PATIENCE, (200, "by_hand", "By hand.")),
    ],
)
def test_what_may_still_be_undone_is_told_to_nobody(
    pipeline: Pipeline, reviewer: User, name: str, patience: timedelta, answer: tuple[int, str, str]
) -> None:
    case = held(pipeline)
    event = act(name, case, reviewer, NOW)
    assert until(event) == NOW + patience
    assert told(case.first_run, now=NOW + patience - MOMENT) == HELD
    assert told(case.first_run, now=NOW + patience) == answer


def test_an_accepted_answer_leaves_when_it_can_no_longer_be_undone(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    ended(case, reviewer)
    assert told(case.first_run, now=LATER) == HELD, "nobody has accepted it"
    act("accept", case, reviewer, NOW)
    assert told(case.first_run, now=NOW + PATIENCE - MOMENT) == HELD
    assert told(case.first_run, now=NOW + PATIENCE) == DELIVERED


@pytest.mark.parametrize("name", ["accept", "by hand with a text", "uphold"])
def test_what_was_undone_is_never_told_and_what_is_settled_then_is(
    pipeline: Pipeline, reviewer: User, name: str
) -> None:
    case = held(pipeline)
    if name == "accept":
        ended(case, reviewer)
    event = act(name, case, reviewer, NOW)
    undo(event_id=event.pk, by=reviewer, now=until(event) - MOMENT)
    assert told(case.first_run, now=LATER) == HELD
    act("turn down" if name == "accept" else "withdraw", case, reviewer, LATER)
    if name == "accept":
        act("withdraw", case, reviewer, LATER)
    assert told(case.first_run, now=LATER) == HELD
    assert told(case.first_run, now=LATER + KEPT) == (200, "withdrawn", "")


def test_a_case_that_is_reopened_is_held_again_but_for_what_was_delivered(
    pipeline: Pipeline, reviewer: User
) -> None:
    upheld, delivered = held(pipeline, "a"), held(pipeline, "b")
    act("uphold", upheld, reviewer, NOW)
    act("by hand with a text", delivered, reviewer, NOW)
    for case in (upheld, delivered):
        act("reopen", case, reviewer, LATER)
    assert told(upheld.first_run, now=LATER) == HELD
    assert told(delivered.first_run, now=LATER) == (200, "by_hand", "By hand.")


@pytest.fixture
def pair(pipeline: Pipeline) -> tuple[Case, Case]:
    """The one that merging leads to, and another."""
    return held(pipeline, "a"), held(pipeline, "b")


def test_a_merged_cases_runs_get_what_the_other_gets(
    pipeline: Pipeline, pair: tuple[Case, Case], reviewer: User
) -> None:
    target, other = pair
    act("merge", other, reviewer, NOW)
    assert told(other.first_run, now=LATER) == HELD
    act("by hand with a text", target, reviewer, LATER)
    (repeat,) = record(pipeline, [declined("b")], now=LATER + PATIENCE)
    for run in (target.first_run, other.first_run):
        assert told(run, now=LATER + PATIENCE - timedelta(microseconds=1)) == HELD
        assert told(run, now=LATER + PATIENCE) == (200, "by_hand", "By hand.")
    assert told(repeat, now=LATER + PATIENCE) == (200, "by_hand", "By hand."), "a repeat of what was done"


def test_a_case_that_joins_a_settled_one_is_told_once_the_merge_cannot_be_undone(
    pair: tuple[Case, Case], reviewer: User
) -> None:
    target, other = pair
    ended(target, reviewer)
    act("accept", target, reviewer, NOW)
    act("merge", other, reviewer, LATER)
    assert told(other.first_run, now=LATER) == HELD
    assert told(other.first_run, now=LATER + KEPT - MOMENT) == HELD
    assert told(other.first_run, now=LATER + KEPT) == DELIVERED
    assert told(target.first_run, now=LATER) == DELIVERED


def test_a_case_that_joins_an_upheld_one_is_upheld_whatever_was_delivered_before(
    pipeline: Pipeline, pair: tuple[Case, Case], reviewer: User
) -> None:
    target, other = pair
    ended(target, reviewer)
    act("accept", target, reviewer, NOW)
    record(pipeline, [declined("a")], now=LATER - PATIENCE)  # it comes back
    (late,) = record(pipeline, [declined("b")], now=LATER - PATIENCE)
    act("uphold", target, reviewer, LATER)
    act("merge", other, reviewer, LATER)
    assert told(late, now=LATER + KEPT) == (200, "upheld", "")
    assert told(target.first_run, now=LATER + KEPT) == DELIVERED


def test_what_a_run_was_told_before_a_merge_it_is_told_after_it(
    pipeline: Pipeline, pair: tuple[Case, Case], reviewer: User
) -> None:
    _target, other = pair
    ended(other, reviewer)
    act("accept", other, reviewer, NOW)
    (again,) = record(pipeline, [declined("b")], now=LATER)
    act("merge", other, reviewer, LATER)
    assert told(other.first_run, now=LATER) == DELIVERED
    assert told(again, now=LATER + KEPT) == HELD


def test_a_case_that_was_split_off_waits_for_an_answer_of_its_own(
    pair: tuple[Case, Case], reviewer: User
) -> None:
    target, other = pair
    act("merge", other, reviewer, NOW)
    act("by hand with a text", target, reviewer, NOW)
    split(case_id=other.pk, by=reviewer, now=LATER)
    assert told(other.first_run, now=LATER) == HELD
    assert told(target.first_run, now=LATER) == (200, "by_hand", "By hand.")
