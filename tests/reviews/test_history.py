"""A case's history in words, and the queue's filters."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from pipelines.models import Pipeline, Topic
from refusals import Outcome
from reviews.claim import claim, take_over
from reviews.decide import reclassify, reopen, settle
from reviews.history import FOLDS, _ends_of_lines, history
from reviews.label import assign, set_topic
from reviews.merge import merge, split
from reviews.models import Bulk, Case, CaseEvent, EventKind, Kind, Snooze
from reviews.note import ask, note, reply
from reviews.queue import Filter, counts_by, waiting_count
from reviews.saying import Names, said
from reviews.snooze import snooze, wake
from reviews.undo import undo
from tests.reviews.making import HOUR, NOW, declined, guarded, held, record, to_send

DAY = 24 * HOUR


def test_the_history_says_what_happened_when_by_whom_and_why(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    record(pipeline, [declined(at=NOW + HOUR), declined(at=NOW + 2 * HOUR)])
    reclassify(
        case_id=case.pk, version=1, outcome=Outcome.DECLINED, code="PII", reason="It is about people.",
        by=reviewer, now=NOW + 3 * HOUR,
    )  # fmt: skip
    settle(case_id=case.pk, version=2, kind=Kind.WITHDRAW, reason="Done.", by=reviewer, now=NOW + 4 * HOUR)
    record(pipeline, [declined(at=NOW + 5 * HOUR)], now=NOW + 5 * HOUR)
    lines = [(line.said, line.times, line.text, line.by, line.at) for line in history(case)]
    assert lines == [
        ("held", 1, "", None, NOW),
        ("declined once more", 2, "", None, NOW + 2 * HOUR),
        ("reclassify: declined PII", 1, "It is about people.", reviewer, NOW + 3 * HOUR),
        ("withdraw", 1, "Done.", reviewer, NOW + 4 * HOUR),
        ("declined once more", 1, "", None, NOW + 5 * HOUR),
        ("came back after it was closed", 1, "", None, NOW + 5 * HOUR),
    ]


def test_a_history_is_read_in_one_query(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    to_send(case, by=reviewer)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert [str(line.by) for line in history(case)] == ["None", "reviewer"]
    assert len(queries) == 1


def write(
    case: Case, happened: list[tuple[EventKind, User | None]], *, hours: list[int] | None = None
) -> None:
    """Write events into a case's history, one an hour, or at these hours."""
    at = hours if hours is not None else range(1, len(happened) + 1)
    CaseEvent.objects.bulk_create(
        CaseEvent(case=case, kind=kind, by=by, at=NOW + hour * HOUR)
        for (kind, by), hour in zip(happened, at, strict=True)
    )


def test_of_a_job_that_repeats_all_night_the_first_and_the_last_event_are_read(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline)
    repeats: list[tuple[EventKind, User | None]] = [(EventKind.REPEATED, None)]
    write(case, [*(repeats * 400), (EventKind.NOTED, reviewer), *(repeats * 300)])
    lines = [(line.kind, line.times) for line in history(case)]
    assert lines == [("held", 1), ("repeated", 400), ("noted", 1), ("repeated", 300)]
    assert len(_ends_of_lines(case)) == 6


EVENTS = st.tuples(
    st.sampled_from([*FOLDS, EventKind.NOTED]), st.sampled_from(["reviewer", "lead", ""]), st.integers(0, 1)
)


@given(drawn=st.lists(EVENTS, max_size=12))
@examples(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_repeats_in_a_row_by_one_person_is_one_line_and_nothing_else_is(
    pipeline: Pipeline, reviewer: User, lead: User, drawn: list[tuple[EventKind, str, int]]
) -> None:
    people = {"reviewer": reviewer, "lead": lead}
    happened: list[tuple[EventKind, User | None]] = []
    hours: list[int] = []
    expected: list[tuple[str, User | None, int, datetime]] = [("held", None, 1, NOW)]
    for kind, name, later in drawn:
        by = people.get(name) if kind == EventKind.REPEATED else people.get(name, reviewer)
        happened.append((kind, by))
        hours.append((hours[-1] if hours else 0) + later)  # at one moment, they stand as they were written
        at, before = NOW + hours[-1] * HOUR, expected[-1]
        if kind in FOLDS and before[:2] == (kind, by):
            expected[-1] = (kind, by, before[2] + 1, at)
        else:
            expected.append((kind, by, 1, at))
    with transaction.atomic():
        case = held(pipeline)
        write(case, happened, hours=hours)
        told = [(line.kind, line.by, line.times, line.at) for line in history(case)]
        transaction.set_rollback(True)
    assert told == expected


def words(case: Case) -> list[str]:
    """Return what the lines of a case's history say."""
    return [line.said for line in history(case)]


def test_a_handover_says_to_whom_and_from_whom(pipeline: Pipeline, reviewer: User, lead: User) -> None:
    lead.first_name, lead.last_name = "Lee", "Tanaka"
    lead.save()
    case = held(pipeline)
    for to in (lead, reviewer, None):
        assign(case_id=case.pk, to=to, by=reviewer, now=NOW)
    assert words(case)[1:] == [
        "handed to Lee Tanaka",
        "handed to reviewer (before: Lee Tanaka)",
        "handed to nobody: free for all again (before: reviewer)",
    ]


def test_a_topic_says_what_it_was_before(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline, topic="Harbour")
    for topic in (Topic.objects.create(slug="cranes", name="Cranes"), None):
        set_topic(case_id=case.pk, topic=topic, by=reviewer, now=NOW)
    assert words(case)[1:] == ["topic set to Cranes (before: Harbour)", "topic taken away (before: Cranes)"]


def test_a_snooze_says_what_it_waits_for_and_waking_why(
    pipeline: Pipeline, reviewer: User, settings: Settings
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    case = held(pipeline)
    snooze(case_id=case.pk, kind=Snooze.DATE, until=NOW + DAY, by=reviewer, now=NOW)
    wake(case_id=case.pk, by=reviewer, now=NOW)
    snooze(case_id=case.pk, kind=Snooze.MODEL, by=reviewer, now=NOW)
    snooze(case_id=case.pk, kind=Snooze.GROWTH, more=1, by=reviewer, now=NOW)
    record(pipeline, [declined()])
    assert words(case)[1:4] == [
        "snoozed until 2026-03-03 13:00",
        "woken by hand",
        "snoozed until another model is asked than claude-opus-5-5",
    ]
    assert words(case)[4:] == [
        "snoozed until it has been declined 2 times",
        "declined once more",
        "woke up: it grew to 2 declines",
    ]


def test_both_cases_say_that_they_were_merged_and_split(pipeline: Pipeline, reviewer: User) -> None:
    case, other = held(pipeline, "a"), held(pipeline, "b")
    merge(case_id=case.pk, version=1, into=other.pk, by=reviewer, now=NOW)
    split(case_id=case.pk, by=reviewer, now=NOW)
    assert words(case)[1:] == [f"merged into case {other.pk}", f"split off from case {other.pk}"]
    assert [line.other for line in history(case)[1:]] == [other.pk, other.pk]
    assert words(other)[1:] == [f"case {case.pk} joined", f"case {case.pk} left"]


def test_claims_in_a_row_are_one_line_and_a_take_over_says_from_whom(
    pipeline: Pipeline, reviewer: User, lead: User
) -> None:
    case = held(pipeline)
    for hour in range(3):
        claim(case_id=case.pk, by=reviewer, now=NOW + hour * HOUR)
    take_over(case_id=case.pk, by=lead, now=NOW + 2 * HOUR)
    claim(case_id=case.pk, by=reviewer, now=NOW + 9 * HOUR)
    assert [(line.said, line.times, str(line.by)) for line in history(case)[1:]] == [
        ("claimed", 3, "reviewer"),
        ("taken over from reviewer", 1, "lead"),
        ("claimed", 1, "reviewer"),
    ]


def test_what_was_undone_is_marked_and_the_undoing_says_what(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    settle(case_id=case.pk, version=1, kind=Kind.UPHOLD, reason="Right so.", by=reviewer, now=NOW)
    settled = case.events.get(kind="decided")
    undo(event_id=settled.pk, by=reviewer, now=NOW)
    assign(case_id=case.pk, to=reviewer, by=reviewer, now=NOW)
    undo(event_id=case.events.get(kind="assigned").pk, by=reviewer, now=NOW)
    assert [(line.said, line.undone) for line in history(case)[1:]] == [
        ("uphold", True),
        ("undone: uphold", False),
        ("handed to reviewer", True),
        ("undone: handed to reviewer", False),
    ]


def test_an_act_on_many_says_on_how_many(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    bulk = Bulk.objects.create(act="assign", by=reviewer, at=NOW, chosen=14)
    assign(case_id=case.pk, to=reviewer, by=reviewer, now=NOW, bulk=bulk)
    assert [line.bulk for line in history(case)] == [0, 14]


def test_a_note_shows_whom_it_reached_and_no_other_names(
    pipeline: Pipeline, reviewer: User, lead: User
) -> None:
    case = held(pipeline)
    note(case_id=case.pk, text="@lead, not @leader or me@lead: @lead.", by=reviewer, now=NOW)
    line = history(case)[-1]
    assert line.pieces == [
        ("@lead", True),
        (", not @leader or me@lead: ", False),
        ("@lead", True),
        (".", False),
    ]
    assert "".join(text for text, _named in line.pieces) == line.text


def test_what_people_told_each_other_is_quoted(pipeline: Pipeline, reviewer: User, lead: User) -> None:
    pipeline.owner = lead
    pipeline.save()
    case = held(pipeline)
    ask(case_id=case.pk, question="Who reads it?", by=reviewer, now=NOW)
    reply(case_id=case.pk, text="The staff.", by=lead, now=NOW)
    settle(case_id=case.pk, version=1, kind=Kind.WITHDRAW, reason="Done.", by=reviewer, now=NOW)
    reopen(case_id=case.pk, version=2, reason="Not done.", by=reviewer, now=NOW)
    assert [(line.said, line.text) for line in history(case)[1:]] == [
        ("owner asked for background", "Who reads it?"),
        ("background given", "The staff."),
        ("withdraw", "Done."),
        ("held again by hand", "Not done."),
    ]


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_of_event_can_be_said_even_if_it_kept_nothing(kind: EventKind) -> None:
    event = CaseEvent(kind=kind)
    assert said(event, Names(people={}, topics={})).strip()


@pytest.fixture
def queue(pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User) -> dict[str, Case]:
    """Four cases: an old one, one that repeats, one on its way, one upheld."""
    old = held(pipeline, "old", at=NOW - 8 * DAY, topic="harbour")
    record(pipeline, [declined("often"), declined("often")])
    away = held(pipeline, "away", at=NOW - 2 * DAY)
    to_send(away, by=reviewer)
    record(other_pipeline, [guarded("upheld", code="PII")])
    upheld = Case.objects.get(code="PII")
    settle(case_id=upheld.pk, version=1, kind=Kind.UPHOLD, reason="r", by=reviewer, now=NOW)
    return {"old": old, "often": Case.objects.get(declines=2), "away": away, "upheld": upheld}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Filter(), ["old", "away", "often"]),
        (Filter(sort="newest"), ["often", "away", "old"]),
        (Filter(sort="repeats"), ["often", "old", "away"]),
        (Filter(sort="nonsense", state="nonsense"), ["old", "away", "often", "upheld"]),
        (Filter(state="all"), ["old", "away", "often", "upheld"]),
        (Filter(state="reissuing"), ["away"]),
        (Filter(state="closed", resolution="upheld"), ["upheld"]),
        (Filter(code="PII", state="all"), ["upheld"]),
        (Filter(topic="harbour"), ["old"]),
        (Filter(topic="-"), ["away", "often"]),
        (Filter(pipeline="lesson-plans", state="all"), ["upheld"]),
        (Filter(week="2026-02-16"), ["old"]),
        (Filter(week="2026-03-02", state="all"), ["often", "upheld"]),
        (Filter(age="day"), ["old", "away"]),
        (Filter(age="week"), ["old"]),
        (Filter(age="month"), []),
    ],
)
def test_the_queue_shows_what_its_address_asks_for(
    queue: dict[str, Case], wanted: Filter, names: list[str]
) -> None:
    assert list(wanted.cases(now=NOW)) == [queue[name] for name in names]


def test_what_is_on_its_way_waits_for_no_person(queue: dict[str, Case]) -> None:
    assert waiting_count(now=NOW) == 2


def test_the_queue_counts_by_a_field_most_first(queue: dict[str, Case]) -> None:
    assert counts_by(Filter(state="all").cases(now=NOW), "code") == [("CYBER", 3), ("PII", 1)]


def test_ages_begin_when_a_case_began_to_wait(queue: dict[str, Case]) -> None:
    exactly = NOW - timedelta(days=1)
    Case.objects.filter(pk=queue["often"].pk).update(held_since=exactly)
    assert queue["often"] in Filter(age="day").cases(now=NOW)
