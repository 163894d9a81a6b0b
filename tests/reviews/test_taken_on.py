"""What became of what was taken on: how long it stands on the agenda, and whether the rate moved."""

from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from pipelines.models import Pipeline
from reviews import meeting, taken_on
from reviews.models import ActionState, Life, Pattern, WeekRuns
from reviews.reports.rates import Share
from reviews.reports.weeks import ends
from reviews.taken_on import tried
from tests.reviews.making import HOUR, NOW
from tests.reviews.test_meeting import MONDAY, WEEK, taken
from tests.reviews.test_over_refusal import counted


def settled(pk: int, state: ActionState, *, by: User, at: datetime) -> int:
    taken_on.settle(action_id=pk, state=state, by=by, now=at)
    return pk


def verdicts(week: date) -> list[tuple[int, str | None]]:
    """What the meeting about a week says, held as soon as the week is over: each action, and whether a rate moved."""
    found = tried(week, now=ends(week))
    return [(action.pk, moved.verdict.value if moved else None) for action, moved in found]


def test_a_done_action_stands_until_one_meeting_after_its_verdict_can_be_given(
    pipeline: Pipeline, reviewer: User
) -> None:
    counted(pipeline, MONDAY - WEEK, 80, 20, model="m")
    counted(pipeline, MONDAY + 5 * WEEK, 100, 0, model="m")
    pk = taken(MONDAY - WEEK, reviewer, by=reviewer)
    settled(pk, ActionState.DONE, by=reviewer, at=NOW + 2 * WEEK)
    early, fell = [(pk, "too_early")], [(pk, "fell")]
    seen = [verdicts(MONDAY + n * WEEK) for n in range(10)]
    # Done in the week of MONDAY + 2: judged when the week of MONDAY + 6 is over.
    assert seen == [early, early, early, early, early, early, fell, fell, fell, []]


def test_it_is_counted_from_the_week_in_which_it_was_done(pipeline: Pipeline, reviewer: User) -> None:
    counted(pipeline, MONDAY, 80, 20, model="m")
    counted(pipeline, MONDAY + 2 * WEEK, 1, 1, model="m")
    counted(pipeline, MONDAY + 3 * WEEK, 100, 0, model="m")
    pk = taken(MONDAY - WEEK, reviewer, by=reviewer)
    settled(pk, ActionState.DONE, by=reviewer, at=NOW + 2 * WEEK)
    ((_action, moved),) = tried(MONDAY + 6 * WEEK, now=ends(MONDAY + 6 * WEEK))
    assert moved
    assert (moved.before, moved.after) == (Share(20, 100), Share(0, 100)), "its own week is neither"


@pytest.mark.parametrize("state", [ActionState.DONE, ActionState.DROPPED])
def test_what_was_settled_since_the_meeting_before_is_shown_whatever_it_is_about(
    state: ActionState, reviewer: User
) -> None:
    pk = taken(MONDAY - 5 * WEEK, reviewer, by=reviewer, line="silent/x")
    settled(pk, state, by=reviewer, at=NOW)
    assert [verdicts(MONDAY + n * WEEK) for n in range(3)] == [[(pk, None)], [], []]


def test_where_meetings_were_left_out_the_one_before_is_the_last_that_was_closed(reviewer: User) -> None:
    pk = taken(MONDAY - 5 * WEEK, reviewer, by=reviewer, line="silent/x")
    meeting.close(week=MONDAY - WEEK, by=reviewer, now=NOW)
    settled(pk, ActionState.DONE, by=reviewer, at=NOW + HOUR)
    assert verdicts(MONDAY + 3 * WEEK) == [(pk, None)]
    meeting.close(week=MONDAY + 2 * WEEK, by=reviewer, now=NOW + 3 * WEEK)
    assert verdicts(MONDAY + 3 * WEEK) == []


def test_what_was_settled_lately_and_what_is_overdue_come_first(
    reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one(*, line: str = "silent/x", due: date) -> int:
        action = taken_on.take_on(
            week=MONDAY - 3 * WEEK, line=line, label="l", note="n", owner=reviewer, due=due, by=reviewer,
            now=NOW - 2 * WEEK,
        )  # fmt: skip
        return action.pk

    later, overdue = one(due=MONDAY + 9 * WEEK), one(due=MONDAY - WEEK)
    waits = one(line="mover/museum-guide/CYBER", due=MONDAY - 2 * WEEK)
    settled(waits, ActionState.DONE, by=reviewer, at=NOW - 2 * WEEK)
    Pipeline.objects.create(slug="museum-guide", title="Museum guide")
    lately = settled(one(due=MONDAY), ActionState.DROPPED, by=reviewer, at=NOW)
    assert [pk for pk, _verdict in verdicts(MONDAY)] == [lately, overdue, waits, later]
    monkeypatch.setattr(taken_on, "MOST", 2)
    assert [pk for pk, _verdict in verdicts(MONDAY)] == [lately, overdue]


def pattern(pipeline: Pipeline, **more: str) -> Pattern:
    return Pattern.objects.create(
        code="CYBER",
        pipeline=pipeline,
        state=Life.NEW,
        since=NOW,
        first_week=MONDAY,
        last_week=MONDAY,
        **more,
    )


def rates_of(of: Pattern, by: User) -> tuple[Share, Share]:
    pk = taken(MONDAY, by, by=by, line=f"pattern/{of.pk}")
    settled(pk, ActionState.DONE, by=by, at=NOW)
    ((_action, moved),) = tried(MONDAY + WEEK, now=NOW + 5 * WEEK)
    assert moved
    return moved.before, moved.after


def test_a_pattern_is_held_against_what_was_asked_under_any_name_of_its_model(
    pipeline: Pipeline, reviewer: User
) -> None:
    counted(pipeline, MONDAY - WEEK, 80, 20, model="claude-opus")
    counted(pipeline, MONDAY + WEEK, 100, 0, model="claude-opus")
    snapshot = pattern(pipeline, model="claude-opus-20260101")
    assert rates_of(snapshot, reviewer) == (Share(20, 100), Share(0, 100))


@pytest.mark.parametrize(("topic", "n"), [("", 10), ("harbour", 50)])
def test_a_pattern_without_a_topic_is_held_against_runs_without_one(
    topic: str, n: int, pipeline: Pipeline, reviewer: User
) -> None:
    for back in (timedelta(0) - WEEK, WEEK):
        for of_topic, runs in (("", 10), ("harbour", 50)):
            WeekRuns.objects.create(
                week=MONDAY + back, pipeline=pipeline, topic=of_topic, outcome="declined", code="CYBER",
                runs=runs, surface="model",
            )  # fmt: skip
    assert rates_of(pattern(pipeline, topic=topic), reviewer) == (Share(n, n), Share(n, n))
