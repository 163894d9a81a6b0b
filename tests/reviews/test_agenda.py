"""What the meeting's sections show where there is more than it goes through, or stranger than it expects."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from pipelines.models import Pipeline
from reviews import standing_changes
from reviews.models import ChangeState
from reviews.patterns.evaluate import evaluate
from reviews.reports import backlog
from reviews.reports.agenda import changes_section, oldest_section
from reviews.reports.moving_patterns import patterns_section
from reviews.reports.section import MOST
from reviews.reports.weeks import current_week
from tests.reviews.making import HOUR, NOW, guarded, held, record

pytestmark = pytest.mark.django_db
MONDAY = current_week(now=NOW)


def changed(pipeline: Pipeline, title: str, *, by: User, done: bool, due: int = 0) -> None:
    today = timezone.localdate(NOW)
    change = standing_changes.suggest(
        pipeline=pipeline,
        title=title,
        words="Say so.",
        owner=by,
        due=today + timedelta(days=due),
        by=by,
        now=NOW,
    )
    if done:
        standing_changes.settle(
            change_id=change.pk, version=change.version, state=ChangeState.DONE, done_on=today, by=by, now=NOW
        )


@pytest.mark.parametrize(("done", "said"), [(MOST - 2, ""), (MOST - 1, f"The first {MOST} of {MOST + 1}.")])
def test_what_is_planned_is_not_crowded_out_by_what_is_done(
    done: int, said: str, pipeline: Pipeline, lead: User
) -> None:
    for number in range(done):
        changed(pipeline, f"done {number}", by=lead, done=True)
    changed(pipeline, "later", by=lead, done=False, due=9)
    changed(pipeline, "overdue", by=lead, done=False, due=-9)
    table = changes_section(MONDAY, now=NOW).table
    assert [row[0].value for row in table.rows[:2]] == ["overdue", "later"]
    assert len(table.rows) == min(done + 2, MOST)
    assert ("The first" in table.note) is bool(said)
    assert said in table.note


def test_more_new_patterns_than_a_meeting_goes_through_are_said_to_be_more(pipeline: Pipeline) -> None:
    rows = [guarded(f"Pier {n}.", code="PII", topic=f"pier-{n}") for n in range(MOST + 3)]
    record(pipeline, rows)
    evaluate(now=NOW)
    table = patterns_section(MONDAY, now=NOW).table
    assert len(table.rows) == MOST
    assert f"The first {MOST} of {MOST + 3}." in table.note


def test_a_clock_ahead_of_ours_makes_no_wait_of_less_than_nothing(pipeline: Pipeline) -> None:
    held(pipeline, at=NOW + HOUR)
    (row,) = oldest_section(now=NOW).table.rows
    assert timedelta() in [cell.value for cell in row]
    parts = backlog.by_part(MONDAY, now=NOW)["code"]
    assert all((one.open, one.held) == (0, 0) for one in parts.values())
    (later,) = backlog.by_part(MONDAY, now=NOW + 2 * HOUR)["code"].values()
    assert (later.open, later.held) == (1, 1)
