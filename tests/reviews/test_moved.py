"""Did a rate move: the test of two shares judged by another's, and the windows worked by hand."""

from datetime import date, datetime, timedelta

import pytest
from scipy.stats import fisher_exact, hypergeom

from pipelines.models import Pipeline
from reviews.models import WeekRuns
from reviews.reports.chance import mid_p
from reviews.reports.moved import Moved, Subject, Verdict, moved
from reviews.reports.rates import Share
from reviews.reports.weeks import begins

WEEK = timedelta(weeks=1)
MONDAY = date(2026, 3, 2)
LATER = begins(MONDAY + 5 * WEEK)
TABLES = [
    (Share(a, n), Share(b, m))
    for n, m in [(1, 1), (5, 5), (12, 40), (200, 3), (881, 640)]
    for a in {0, 1, n // 3, n}
    for b in {0, 1, m // 2, m}
] + [(Share(37, 20_000), Share(21, 18_000)), (Share(900, 9_000), Share(120, 9_500))]


@pytest.mark.parametrize(("one", "other"), TABLES)
def test_the_test_of_two_shares_gives_what_another_implementation_gives(one: Share, other: Share) -> None:
    table = [[one.part, one.n - one.part], [other.part, other.n - other.part]]
    seen = hypergeom.pmf(one.part, one.n + other.n, one.part + other.part, one.n)
    expected = fisher_exact(table).pvalue - seen / 2
    assert mid_p(one, other) == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert mid_p(other, one) == pytest.approx(mid_p(one, other), rel=1e-9)


def counted(
    pipeline: Pipeline,
    week: date,
    outcome: str,
    runs: int,
    *,
    code: str = "",
    topic: str = "",
    model: str = "m",
) -> None:
    WeekRuns.objects.create(
        week=week, pipeline=pipeline, outcome=outcome, runs=runs, code=code, topic=topic,
        surface="model", requested_model=model,
    )  # fmt: skip


def ask(pipeline: Pipeline, *, now: datetime = LATER, **more: str) -> Moved:
    (found,) = moved([Subject(pipeline.pk, MONDAY, **more)], now=now)
    return found


def test_four_weeks_before_stand_against_four_after_and_the_week_itself_is_neither(
    pipeline: Pipeline, other_pipeline: Pipeline
) -> None:
    for back, runs in {-5: 1000, -4: 30, -1: 20, 0: 500, 1: 40, 4: 10, 5: 2000}.items():
        counted(pipeline, MONDAY + back * WEEK, "ok", runs)
        counted(pipeline, MONDAY + back * WEEK, "declined", runs // 10, code="CYBER")
        counted(pipeline, MONDAY + back * WEEK, "infra_error", runs)
    counted(other_pipeline, MONDAY - WEEK, "declined", 77, code="CYBER")
    found = ask(pipeline)
    assert (found.before, found.after) == (Share(5, 55), Share(5, 55)), "errors of the network are not judged"
    assert found.verdict == Verdict.NO_CLEAR_CHANGE


def test_code_topic_and_model_narrow_the_rate(pipeline: Pipeline) -> None:
    before = MONDAY - WEEK
    counted(pipeline, before, "ok", 50, topic="harbour")
    counted(pipeline, before, "degraded", 10, code="TRUNCATED", topic="harbour", model="n")
    counted(pipeline, before, "declined", 8, code="CYBER", topic="harbour")
    counted(pipeline, before, "declined", 4, code="BIO", model="n")
    assert ask(pipeline).before == Share(12, 72)
    assert ask(pipeline, code="CYBER").before == Share(8, 72), "a code narrows what was declined, not of what"
    assert ask(pipeline, topic="harbour").before == Share(8, 68)
    assert ask(pipeline, model="n").before == Share(4, 14)
    assert ask(pipeline, code="BIO", topic="harbour").before == Share(0, 68)
    counted(pipeline, before, "declined", 3, code="CYBER")
    assert ask(pipeline, topic="-").before == Share(7, 7), "no topic is one of its own"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (Share(20, 100), Share(4, 100), "fell"),
        (Share(4, 100), Share(20, 100), "rose"),
        (Share(20, 100), Share(15, 100), "no clear change"),
        (Share(0, 100), Share(0, 5), "no clear change"),
        (Share(5, 100), Share(0, 10), "too few runs to tell (n = 10)"),
        (Share(5, 100), Share(0, 0), "too few runs to tell (n = 0)"),
    ],
)
def test_what_is_said_of_two_rates(before: Share, after: Share, said: str, pipeline: Pipeline) -> None:
    for week, share in {MONDAY - WEEK: before, MONDAY + WEEK: after}.items():
        counted(pipeline, week, "declined", share.part, code="CYBER")
        counted(pipeline, week, "ok", share.n - share.part)
    found = ask(pipeline)
    assert (found.before, found.after, found.said) == (before, after, said)


def test_until_four_weeks_are_over_it_is_too_early_whatever_the_numbers_say(pipeline: Pipeline) -> None:
    counted(pipeline, MONDAY - WEEK, "declined", 90, code="CYBER")
    counted(pipeline, MONDAY + WEEK, "ok", 90)
    found = ask(pipeline, now=LATER - timedelta(seconds=1))
    assert (found.before, found.after, found.said) == (Share(90, 90), Share(0, 90), "too early (n = 90)")
    assert ask(pipeline).said == "fell"


def test_any_number_of_questions_is_a_few_reads_at_most(
    pipeline: Pipeline, other_pipeline: Pipeline, django_assert_num_queries: object
) -> None:
    counted(pipeline, MONDAY - WEEK, "declined", 3, code="CYBER")
    counted(other_pipeline, MONDAY, "declined", 2, code="CYBER")
    later, earlier = Subject(other_pipeline.pk, MONDAY + WEEK), Subject(pipeline.pk, MONDAY - WEEK)
    with django_assert_num_queries(2):  # type: ignore[operator]  # the stamps of the weeks, and their counts
        found = moved([Subject(pipeline.pk, MONDAY), later, earlier], now=LATER)
    assert [one.before for one in found] == [Share(3, 3), Share(2, 2), Share(0, 0)]
    narrow = Subject(pipeline.pk, MONDAY, model="m")
    with django_assert_num_queries(3):  # type: ignore[operator]
        assert [one.before for one in moved([narrow, later], now=LATER)] == [Share(3, 3), Share(2, 2)]
    assert moved([], now=LATER) == []
