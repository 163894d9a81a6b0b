"""The meeting: its agenda worked by hand, what is taken on, and the record that stays as it was."""

import json
from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from pipelines.models import Pipeline
from reviews import meeting, standing_changes, taken_on
from reviews.decide import settle
from reviews.models import ActionState, Case, ChangeState, Ending, FirstOutcome, Kind, MeetingRecord
from reviews.queue import waiting_count
from reviews.reports.agenda import (
    changes_section,
    disputed_section,
    oldest_section,
    sections,
)
from reviews.reports.rates import Share
from reviews.reports.section import Section
from reviews.reports.weeks import ends
from tests.reviews.making import HOUR, NOW, answered, declined, ended, guarded, held, record, to_send
from tests.reviews.test_over_refusal import counted

MONDAY = date(2026, 3, 2)
WEEK = timedelta(weeks=1)
LATER = NOW + timedelta(days=7)


def rows(section: Section) -> list[list[object]]:
    return [[cell.value for cell in cells] for _key, cells in section.lines]


def taken(week: date, owner: User, *, by: User, line: str = "mover/museum-guide/CYBER") -> int:
    action = taken_on.take_on(
        week=week, line=line, label="Top movers: museum-guide", note="Ask the museum.", owner=owner,
        due=MONDAY + WEEK, by=by, now=NOW,
    )  # fmt: skip
    return action.pk


def test_the_oldest_held_come_first_and_hold_no_text(pipeline: Pipeline, reviewer: User) -> None:
    old, new = held(pipeline, "Old words.", at=NOW - 3 * HOUR, topic="harbour"), held(pipeline, "New words.")
    found = oldest_section(now=NOW)
    assert found.keys == [f"case/{old.pk}", f"case/{new.pk}"]
    assert rows(found)[0] == [
        f"#{old.pk}", "museum-guide", "CYBER", "harbour", "held", NOW - 3 * HOUR, 3 * HOUR, 1
    ]  # fmt: skip
    assert "words" not in str([section.table for section in sections(MONDAY, now=NOW)])


def test_only_what_waits_for_a_person_is_among_the_oldest(pipeline: Pipeline, reviewer: User) -> None:
    leaves, closed, read = (held(pipeline, name, at=NOW - n * HOUR) for n, name in enumerate("abc", start=2))
    to_send(leaves, by=reviewer)
    settle(case_id=closed.pk, version=1, kind=Kind.UPHOLD, reason="r", by=reviewer, now=NOW)
    ended(read, reviewer)
    waits = held(pipeline, "d")
    assert oldest_section(now=NOW + HOUR).keys == [f"case/{read.pk}", f"case/{waits.pk}"]
    assert waiting_count(now=NOW + HOUR) == 2


@pytest.mark.parametrize(
    ("answered_n", "upheld", "no_decline", "by_hand", "disputed"),
    [(3, 2, 0, 0, True), (4, 1, 0, 0, False), (2, 2, 0, 9, False), (0, 3, 3, 0, True), (9, 3, 0, 0, False)],
)
def test_a_code_is_disputed_where_reviews_of_it_are_divided(
    answered_n: int, upheld: int, no_decline: int, by_hand: int, disputed: bool, pipeline: Pipeline
) -> None:
    endings = [Ending.ANSWERED] * answered_n + [Ending.UPHELD] * upheld
    endings += [Ending.RECLASSIFIED] * no_decline + [Ending.BY_HAND] * by_hand
    for n, ending in enumerate(endings):
        case = held(pipeline, f"Item {n}")
        FirstOutcome.objects.create(case=case, at=NOW, ending=ending, pipeline=pipeline, code="CYBER")
    found = disputed_section(MONDAY, now=LATER)
    n = len(endings)
    split = ["CYBER", n, Share(answered_n, n), Share(upheld, n), by_hand, 0, 0, no_decline, 0]
    assert rows(found) == ([split] if disputed else [])
    assert rows(disputed_section(MONDAY - WEEK, now=LATER)) == [], "the week before did not know"
    assert rows(disputed_section(MONDAY + 12 * WEEK, now=LATER)) == [], "twelve weeks later they are past"


def test_changes_at_the_source_stand_with_whether_they_worked(pipeline: Pipeline, lead: User) -> None:
    counted(pipeline, MONDAY - 9 * WEEK, 80, 20, model="m")
    counted(pipeline, MONDAY - 4 * WEEK, 100, 0, model="m")
    for title, done_on in [
        ("Done.", MONDAY - 6 * WEEK),
        ("Long done.", MONDAY - 9 * WEEK),
        ("Planned.", None),
    ]:
        change = standing_changes.suggest(
            pipeline=pipeline, title=title, words="w", owner=lead, due=MONDAY - WEEK, by=lead, now=NOW
        )
        if done_on:
            standing_changes.settle(
                change_id=change.pk, version=1, state=ChangeState.DONE, done_on=done_on, by=lead, now=NOW
            )
    planned, done = rows(changes_section(MONDAY, now=NOW))
    assert done[:1] + done[4:] == [
        "Done.", "done", MONDAY - 6 * WEEK, Share(20, 100), Share(0, 100), "fell"
    ]  # fmt: skip
    assert planned[:1] + planned[4:] == ["Planned.", "planned, overdue", None, None, None, None]


def section_of(name: str, week: date, *, now: datetime = NOW) -> Section:
    (found,) = [one for one in sections(week, now=now) if one.table.name == name]
    return found


def test_what_was_taken_on_is_looked_at_a_week_later_with_what_came_of_it(
    pipeline: Pipeline, reviewer: User, viewer: User
) -> None:
    done, open_ = taken(MONDAY, reviewer, by=reviewer), taken(MONDAY, viewer, by=reviewer, line="silent/x")
    taken_on.settle(action_id=done, state=ActionState.DONE, by=reviewer, now=NOW)
    counted(pipeline, MONDAY - WEEK, 80, 20, model="m")
    counted(pipeline, MONDAY + WEEK, 100, 0, model="m")
    assert [line[0] for line in rows(section_of("actions", MONDAY))] == ["Ask the museum."] * 2
    assert rows(section_of("tried", MONDAY)) == []
    early, waits = rows(section_of("tried", MONDAY + WEEK))
    assert early[2:] == [
        "reviewer", MONDAY + WEEK, "2026-W10", "done", MONDAY, Share(20, 100), Share(0, 100), "too early (n = 100)"
    ]  # fmt: skip
    assert waits[2:] == ["viewer", MONDAY + WEEK, "2026-W10", "open", None, None, None, None]
    late = NOW + 5 * WEEK
    tried = rows(section_of("tried", MONDAY + 5 * WEEK, now=late))
    assert [(line[5], line[-1]) for line in tried] == [("open, overdue", None), ("done", "fell")]
    taken_on.settle(action_id=open_, state=ActionState.DROPPED, by=viewer, now=late)
    tried = rows(section_of("tried", MONDAY + 6 * WEEK, now=late + WEEK))
    assert [(line[5], line[-1]) for line in tried] == [("done", "fell")]


def test_an_action_is_settled_once_by_its_owner_or_by_who_settles_cases(
    reviewer: User, other_reviewer: User, viewer: User, outsider: User
) -> None:
    pk = taken(MONDAY, reviewer, by=reviewer)
    with pytest.raises(PermissionDenied):
        taken_on.settle(action_id=pk, state=ActionState.DONE, by=viewer, now=NOW)
    taken_on.settle(action_id=pk, state=ActionState.DONE, by=other_reviewer, now=NOW)
    with pytest.raises(taken_on.AlreadySettled, match="It is done already"):
        taken_on.settle(action_id=pk, state=ActionState.DROPPED, by=reviewer, now=NOW)
    with pytest.raises(PermissionDenied):
        taken(MONDAY, viewer, by=viewer)
    with pytest.raises(taken_on.NotTaken):
        taken(MONDAY, outsider, by=reviewer)


def test_a_closed_meeting_stays_as_it_was_whatever_comes_later(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    record(pipeline, [declined("a"), declined("b"), answered()])
    taken(MONDAY, reviewer, by=reviewer)
    before = sections(MONDAY, now=LATER)
    record_ = meeting.close(week=MONDAY, by=reviewer, now=LATER)
    assert record_.digest == meeting.digest_of(record_.values)
    record(pipeline, [declined("c"), declined("a"), guarded("d")])
    Case.objects.update(held_since=NOW - 100 * HOUR)
    kept = meeting.kept(MONDAY)
    assert kept is not None
    assert [rows(one) for one in kept.sections] == [rows(one) for one in before]
    assert [(one.table.columns, one.table.title, one.keys) for one in kept.sections] == [
        (one.table.columns, one.table.title, one.keys) for one in before
    ]
    assert rows(sections(MONDAY, now=LATER)[0]) != rows(kept.sections[0]), "today's numbers are others"
    values = json.loads(kept.record.values)
    assert (values["week"], values["closed_by"]) == ("2026-W10", "reviewer")
    with pytest.raises(meeting.AlreadyClosed, match="reviewer has closed the meeting about 2026-W10"):
        meeting.close(week=MONDAY, by=other_reviewer, now=LATER)
    with pytest.raises(taken_on.MeetingClosed):
        taken(MONDAY, reviewer, by=reviewer)


def test_a_meeting_is_not_closed_before_its_week_is_over(reviewer: User) -> None:
    for now in (NOW, ends(MONDAY) - timedelta(seconds=1)):
        with pytest.raises(meeting.NotOver, match=r"2026-W10 runs until 2026-03-08.*from 2026-03-09 on"):
            meeting.close(week=MONDAY, by=reviewer, now=now)
    assert not MeetingRecord.objects.exists()
    assert meeting.close(week=MONDAY, by=reviewer, now=ends(MONDAY)).week == MONDAY


def test_a_record_says_in_which_language_it_is(reviewer: User) -> None:
    with translation.override("de"):
        record_ = meeting.close(week=MONDAY, by=reviewer, now=LATER)
    shown = meeting.kept(MONDAY)
    assert shown
    assert (shown.language, json.loads(record_.values)["language"]) == ("de", "de")


def test_the_database_refuses_to_alter_a_record(reviewer: User, viewer: User) -> None:
    with pytest.raises(PermissionDenied):
        meeting.close(week=MONDAY, by=viewer, now=NOW)
    meeting.close(week=MONDAY, by=reviewer, now=LATER)
    acts = ["UPDATE reviews_meetingrecord SET \"values\" = '{}'"]
    if connection.vendor == "postgresql":
        acts.append("DELETE FROM reviews_meetingrecord")
    for act in acts:
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(act)
    assert MeetingRecord.objects.count() == 1


def test_the_agenda_asks_as_much_of_the_database_for_many_lines_as_for_few(
    pipeline: Pipeline, lead: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(9):
        held(pipeline, f"Item {n}")
        taken(MONDAY - WEEK, lead, by=lead, line=f"mover/museum-guide/C{n}")
        change = standing_changes.suggest(
            pipeline=pipeline, title=f"{n}", words="w", owner=lead, due=MONDAY, by=lead, now=NOW
        )
        standing_changes.settle(
            change_id=change.pk, version=1, state=ChangeState.DONE, done_on=MONDAY, by=lead, now=NOW
        )
    with django_assert_max_num_queries(25):
        sections(MONDAY, now=NOW)
