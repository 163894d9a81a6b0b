"""A case's history in words, and the queue's filters."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pipelines.models import Pipeline
from refusals import Outcome
from reviews.decide import reclassify, settle
from reviews.history import history
from reviews.models import Case, Kind
from reviews.queue import Filter, counts_by, waiting_count
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
