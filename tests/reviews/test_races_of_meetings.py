"""Two people at the same meeting at the same time."""

from datetime import date, datetime
from threading import Event

import pytest
from django.contrib.auth.models import User

from pipelines.models import Pipeline
from reviews import meeting, standing_changes, taken_on
from reviews.models import Action, ActionState, ChangeState, MeetingRecord
from reviews.reports.agenda import sections
from reviews.reports.section import Section
from reviews.reports.weeks import WEEK
from tests.reviews.making import NOW, held
from tests.reviews.racing import at_once
from tests.reviews.test_meeting import LATER, MONDAY, taken

pytestmark = pytest.mark.django_db(transaction=True)


def names(ended: list[object]) -> list[str]:
    return sorted(type(one).__name__ for one in ended)


def test_of_two_who_close_a_meeting_one_does_and_the_other_is_told(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    held(pipeline)
    for n in range(5):
        week = MONDAY - n * WEEK
        ended = at_once(
            *[
                lambda by=by, week=week: meeting.close(week=week, by=by, now=LATER)
                for by in (reviewer, other_reviewer)
            ]
        )
        assert names(ended) == ["AlreadyClosed", "MeetingRecord"]
        (told,) = [one for one in ended if isinstance(one, meeting.AlreadyClosed)]
        assert told.record == MeetingRecord.objects.get(week=week)


def test_what_is_taken_on_while_a_meeting_closes_is_in_its_record_or_refused(
    reviewer: User, other_reviewer: User
) -> None:
    for n in range(6):
        week = MONDAY - n * WEEK

        def close_it(week: date = week) -> object:
            return meeting.close(week=week, by=reviewer, now=LATER)

        def take_one_on(week: date = week) -> object:
            return taken(week, reviewer, by=other_reviewer)

        ended = at_once(close_it, take_one_on)
        kept = meeting.kept(week)
        assert kept is not None
        (actions,) = [one for one in kept.sections if one.table.name == "actions"]
        refused = isinstance(ended[1], taken_on.MeetingClosed)
        assert len(actions.keys) == Action.objects.filter(week=week).count() == (0 if refused else 1)


def test_what_is_corrected_once_a_closing_meeting_has_read_it_is_refused(
    reviewer: User, other_reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk = taken(MONDAY, reviewer, by=reviewer)
    has_read, was_corrected = Event(), Event()

    def read_slowly(week: date, *, now: datetime) -> list[Section]:
        found = sections(week, now=now)
        has_read.set()
        was_corrected.wait(1)  # in vain, for the correction waits for the closing
        return found

    def correct_it() -> object:
        has_read.wait()
        given = {"note": "Ask again.", "owner": reviewer, "due": MONDAY}
        try:
            return taken_on.correct(action_id=pk, **given, by=other_reviewer, now=LATER)  # type: ignore[arg-type]  # by name
        finally:
            was_corrected.set()

    monkeypatch.setattr(meeting, "sections", read_slowly)
    ended = at_once(lambda: meeting.close(week=MONDAY, by=reviewer, now=LATER), correct_it)
    assert names(ended) == ["MeetingClosed", "MeetingRecord"]
    assert Action.objects.get(pk=pk).note == "Ask the museum."


def test_of_two_who_settle_an_action_or_a_change_one_does(
    pipeline: Pipeline, reviewer: User, lead: User
) -> None:
    for _n in range(5):
        pk = taken(MONDAY, reviewer, by=reviewer)
        ended = at_once(
            *[
                lambda state=state, pk=pk: taken_on.settle(action_id=pk, state=state, by=reviewer, now=NOW)
                for state in (ActionState.DONE, ActionState.DROPPED)
            ]
        )
        assert names(ended) == ["Action", "AlreadySettled"]
        change = standing_changes.suggest(
            pipeline=pipeline, title="t", words="w", owner=reviewer, due=MONDAY, by=reviewer, now=NOW
        )
        ended = at_once(
            *[
                lambda by=by, pk=change.pk: standing_changes.settle(
                    change_id=pk, version=1, state=ChangeState.DONE, done_on=MONDAY, by=by, now=NOW
                )
                for by in (reviewer, lead)
            ]
        )
        assert names(ended) == ["StaleChange", "StandingChange"]
        assert change.events.count() == 2
