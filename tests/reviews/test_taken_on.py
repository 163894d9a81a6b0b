"""What became of what was taken on: how long it stands on the agenda, and whether the rate moved."""

from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from pipelines.models import Pipeline
from reviews import meeting, taken_on
from reviews.models import Action, ActionEvent, ActionState, Life, Pattern, WeekRuns
from reviews.move import KEPT
from reviews.reports.rates import Share
from reviews.reports.weeks import ends
from reviews.taken_on import tried
from reviews.undo import NotUndoable
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


def history(pk: int) -> list[tuple[str, str, object]]:
    events = ActionEvent.objects.filter(action=pk).select_related("by").order_by("pk")
    return [(one.by.username, one.state, one.changes) for one in events]


def corrected(
    pk: int, *, by: User, owner: User, note: str = "Ask the museum.", now: datetime = NOW
) -> Action:
    return taken_on.correct(
        action_id=pk, note=note, owner=owner, due=MONDAY + 2 * WEEK, by=by, now=now
    )  # fmt: skip


def test_an_action_is_corrected_by_its_owner_or_by_who_settles_cases_and_it_is_written_down(
    reviewer: User, other_reviewer: User, viewer: User, outsider: User
) -> None:
    pk = taken(MONDAY, viewer, by=reviewer)
    with pytest.raises(PermissionDenied):
        corrected(pk, by=outsider, owner=viewer)
    corrected(pk, by=viewer, owner=other_reviewer, note=" Ask the harbour. ")
    with pytest.raises(PermissionDenied):
        corrected(pk, by=viewer, owner=viewer)
    action = corrected(pk, by=reviewer, owner=other_reviewer, note="Ask the harbour.")
    assert (action.note, action.owner, action.due) == ("Ask the harbour.", other_reviewer, MONDAY + 2 * WEEK)
    changes = {
        "note": ["Ask the museum.", "Ask the harbour."],
        "owner": ["viewer", "other_reviewer"],
        "due": ["2026-03-09", "2026-03-16"],
    }
    assert history(pk) == [("viewer", "open", changes)], "what changes nothing is no line"
    for owner, note in ((outsider, "n"), (viewer, " ")):
        with pytest.raises(taken_on.NotTaken):
            corrected(pk, by=reviewer, owner=owner, note=note)


def test_what_is_settled_or_of_a_closed_meeting_is_not_corrected(reviewer: User) -> None:
    done, open_ = taken(MONDAY, reviewer, by=reviewer), taken(MONDAY, reviewer, by=reviewer)
    settled(done, ActionState.DONE, by=reviewer, at=NOW)
    with pytest.raises(taken_on.AlreadySettled):
        corrected(done, by=reviewer, owner=reviewer)
    meeting.close(week=MONDAY, by=reviewer, now=ends(MONDAY))
    with pytest.raises(taken_on.MeetingClosed):
        corrected(open_, by=reviewer, owner=reviewer)
    assert history(open_) == []


def test_settling_is_taken_back_for_ten_minutes_by_who_did_it(
    reviewer: User, other_reviewer: User, viewer: User
) -> None:
    pk = taken(MONDAY, viewer, by=reviewer)
    with pytest.raises(NotUndoable):
        taken_on.reopen(action_id=pk, by=reviewer, now=NOW)
    settled(pk, ActionState.DROPPED, by=reviewer, at=NOW)
    for other, later in ((other_reviewer, timedelta(0)), (viewer, timedelta(0)), (reviewer, KEPT)):
        with pytest.raises(NotUndoable):
            taken_on.reopen(action_id=pk, by=other, now=NOW + later)
    last = NOW + KEPT - timedelta(seconds=1)
    assert taken_on.reopenable(by=reviewer, now=last) == [Action.objects.get(pk=pk)]
    assert taken_on.reopenable(by=viewer, now=last) == taken_on.reopenable(by=reviewer, now=NOW + KEPT) == []
    action = taken_on.reopen(action_id=pk, by=reviewer, now=last)
    assert (action.state, action.settled_by, action.settled_at) == ("open", None, None)
    settled(pk, ActionState.DONE, by=viewer, at=NOW + HOUR)
    assert [(by, state) for by, state, _changes in history(pk)] == [
        ("reviewer", "dropped"), ("reviewer", "open"), ("viewer", "done"),
    ]  # fmt: skip
    assert history(pk)[1][2] == {
        "state": ["dropped", "open"],
        "settled_by": ["reviewer", None],
        "settled_at": [NOW.isoformat(), None],
    }


def test_a_closed_record_says_what_it_said_when_an_action_is_opened_again(reviewer: User) -> None:
    pk = taken(MONDAY, reviewer, by=reviewer)
    now = ends(MONDAY)
    settled(pk, ActionState.DONE, by=reviewer, at=now)
    record = meeting.close(week=MONDAY, by=reviewer, now=now)
    taken_on.reopen(action_id=pk, by=reviewer, now=now)
    record.refresh_from_db()
    assert record.digest == meeting.digest_of(record.values)
    kept = meeting.kept(MONDAY)
    assert kept
    (actions,) = [one for one in kept.sections if one.table.name == "actions"]
    assert [row[-1].value for row in actions.table.rows] == ["done"]
