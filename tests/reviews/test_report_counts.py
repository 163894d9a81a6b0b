"""The reports' numbers, worked by hand for one small week."""

from datetime import date, timedelta

from django.contrib.auth.models import User
from django.test import override_settings

from pipelines.models import Pipeline, Run
from refusals import Outcome
from reviews.decide import reclassify, settle
from reviews.models import Case, Kind, Suspicion
from reviews.queue import Filter
from reviews.reports import counts, rates, settled
from reviews.reports.coverage import coverage_table
from reviews.reports.gathered import Gathered
from reviews.reports.rates import Share
from reviews.reports.scope import EVERYTHING
from reviews.suspect import hold_suspected
from tests.reviews.making import APOLOGY, HOUR, NOW, answered, declined, guarded, record

MONDAY = date(2026, 3, 2)
BEFORE = MONDAY - timedelta(weeks=1)
WEEKS = [BEFORE, MONDAY]
FAILED = {"prompt": "p", "error": {"type": "OverloadedError", "http_status": 529}}


def small_week(pipeline: Pipeline) -> None:
    """4 ok, 1 degraded, 2 infrastructure errors, 3 declined; and one attempt that was not final."""
    record(pipeline, [answered(), answered(topic="harbour"), answered(), answered(APOLOGY), answered("")])
    record(pipeline, [FAILED, FAILED, FAILED | {"final": False}])
    record(
        pipeline, [declined("a", topic="harbour"), declined("a", topic="harbour"), guarded("b", code="PII")]
    )


def endings_of(week: date) -> rates.Endings:
    return Gathered(week, EVERYTHING, NOW).endings[week]


def test_every_rate_says_what_it_is_a_share_of(pipeline: Pipeline) -> None:
    small_week(pipeline)
    week, empty = endings_of(WEEKS[-1]), rates.Endings()
    assert (week.ok, week.degraded, week.infra_error, week.declined, week.runs) == (4, 1, 2, 3, 10)
    assert week.success == rates.Share(4, 7), "held runs are neither success nor failure"
    assert week.decline == rates.Share(3, 8), "an infrastructure error was never judged"
    assert week.decline.percent == 37.5
    assert (empty.runs, empty.success.percent, empty.decline.percent) == (0, None, None)


def test_declines_by_code_and_by_topic_come_most_frequent_first(pipeline: Pipeline) -> None:
    small_week(pipeline)
    record(pipeline, [guarded("b", code="PII", at=NOW - timedelta(weeks=1)) for _ in range(3)])
    by_code = counts.declines_series("code", WEEKS)
    assert [(one.name, one.value, one.counts, one.total) for one in by_code] == [
        ("PII", "PII", [3, 1], 4),
        ("CYBER", "CYBER", [0, 2], 2),
    ]
    by_topic = counts.declines_series("topic", WEEKS)
    assert [(one.name, one.value, one.counts) for one in by_topic] == [
        ("no topic", "-", [3, 1]),
        ("harbour", "harbour", [0, 2]),
    ]


def test_the_numbers_follow_what_people_corrected(pipeline: Pipeline, reviewer: User) -> None:
    small_week(pipeline)
    hold_suspected(run_id=Suspicion.objects.get().run_id, by=reviewer, now=NOW)
    case = Case.objects.get(code="CYBER")
    reclassify(case_id=case.pk, version=1, outcome=Outcome.OK, code="", reason="r", by=reviewer, now=NOW)
    week = endings_of(MONDAY)
    assert (week.ok, week.declined) == (4 - 1 + 2, 3 + 1 - 2)
    assert [(one.name, one.total) for one in counts.declines_series("code", [MONDAY])] == [
        ("MODEL_REFUSAL", 1),
        ("PII", 1),
    ]


def test_what_people_settled_is_counted_in_the_sites_week(pipeline: Pipeline, reviewer: User) -> None:
    small_week(pipeline)
    pii, cyber = Case.objects.get(code="PII"), Case.objects.get(code="CYBER")
    # Sunday evening in UTC is Monday in Berlin.
    sunday = NOW - timedelta(days=1) + 11 * HOUR + HOUR / 2
    settle(case_id=pii.pk, version=1, kind=Kind.BY_HAND, reason="r", text="t", by=reviewer, now=sunday)
    settle(case_id=cyber.pk, version=1, kind=Kind.UPHOLD, reason="r", by=reviewer, now=NOW)
    before, week = settled.reviewed(WEEKS)
    assert (before.decisions["by_hand"], before.delivered, week.delivered) == (1, 1, 0)
    assert week.decisions == dict.fromkeys(Kind.values, 0) | {"uphold": 1}
    with override_settings(TIME_ZONE="Europe/Berlin"):
        before, week = settled.reviewed(WEEKS)
    assert (before.decisions["by_hand"], week.decisions["by_hand"], week.delivered) == (0, 1, 1)


def test_a_chart_draws_as_many_series_as_can_be_told_apart_and_loses_none() -> None:
    series = [counts.Series(f"C{n}", f"C{n}", [10 - n, n], [0, 0]) for n in range(10)]
    shown = counts.drawn(series)
    assert [one.name for one in shown] == [f"C{n}" for n in range(7)] + ["other"]
    assert shown[-1].counts == [3 + 2 + 1, 7 + 8 + 9]
    assert counts.drawn(series[:8]) == series[:8]


def behind(bar: Filter) -> set[str]:
    return {case.first_run.content.prompt for case in bar.cases(now=NOW)}


def test_a_bar_leads_to_the_cases_that_it_counts(pipeline: Pipeline, reviewer: User) -> None:
    small_week(pipeline)
    record(pipeline, [declined("a", at=NOW - timedelta(weeks=1)), guarded("c", at=NOW - timedelta(weeks=1))])
    case = Case.objects.get(code="CYBER")
    reclassify(
        case_id=case.pk,
        version=case.version,
        outcome=Outcome.DECLINED,
        code="BIO",
        reason="Cells.",
        by=reviewer,
        now=NOW,
    )
    week = {"state": "all", "week": MONDAY.isoformat()}
    assert behind(Filter(**week)) == {"a", "b"}
    assert behind(Filter(**week, code="BIO")) == {"a"}, "it counts under the corrected code"
    assert behind(Filter(**week, code="CYBER")) == set()
    assert behind(Filter(**week, topic="harbour")) == {"a"}
    assert behind(Filter(**week, topic="-")) == {"b"}
    assert behind(Filter(state="all", week=BEFORE.isoformat(), code="PII")) == {"c"}


def test_an_answer_that_reads_like_a_refusal_and_is_degraded_is_none_of_the_ok_ones(
    pipeline: Pipeline,
) -> None:
    record(pipeline, [answered(), answered(APOLOGY)])
    record(pipeline, [answered(APOLOGY, done={"min_chars": 400}) for _ in range(3)])
    assert sorted(Run.objects.filter(suspected=True).values_list("outcome", flat=True)) == [
        "degraded"
    ] * 3 + ["ok"]
    *_others, suspected = coverage_table(Gathered(MONDAY, EVERYTHING, NOW)).rows
    assert suspected[1].value == Share(1, 2)


def test_more_than_all_is_no_share() -> None:
    assert Share(3, 1).interval is None
    assert Share(1, 1).interval is not None
