"""The over-refusal report, worked by hand for a handful of reviews; what may have moved a rate; contexts."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries

from pipelines.models import Pipeline
from reviews import standing_changes
from reviews.compose import Context
from reviews.decide import settle
from reviews.deliver import accept
from reviews.models import Case, ChangeState, Kind, WeekRuns
from reviews.reports.contexts import AGAIN, added_again
from reviews.reports.marks import marks, marks_table, weekly_rates
from reviews.reports.model_changes import How, model_changes
from reviews.reports.moved import Verdict
from reviews.reports.over_refusal import all_of, months_until, read, tables_of
from reviews.reports.rates import Share
from reviews.reports.scope import EVERYTHING, Scope
from reviews.reports.table import Table, Value
from tests.reviews.making import HOUR, NOW, declined, ended, guarded, held, record, to_send
from tests.signing_in import reissued

MONDAY = date(2026, 3, 2)
WEEK = timedelta(weeks=1)
LAST_MONTH = NOW - timedelta(days=10)  # 20 February


def tables_until(week: date, *, now: datetime, scope: Scope = EVERYTHING) -> list[Table]:
    return tables_of(read(week, scope=scope, now=now), week=week, scope=scope)


def reviewed(case: Case, how: str, by: User, *, now: datetime = NOW) -> None:
    case.refresh_from_db()
    if how == "answered":
        ended(case, by, now=now)
        accept(case_id=case.pk, version=case.version, by=by, now=now)
    else:
        settle(case_id=case.pk, version=case.version, kind=Kind(how), reason="r", by=by, now=now)


@pytest.fixture
def reviews(pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User) -> None:
    """In February: 1 of CYBER upheld. In March: CYBER 2 answered, 1 upheld; PII 1 by hand, 1 withdrawn; 1 waits."""
    for name, how in [("a", "answered"), ("b", "answered"), ("c", "uphold")]:
        reviewed(held(pipeline, name, topic="harbour"), how, reviewer)
    reviewed(held(pipeline, "before"), "uphold", reviewer, now=LAST_MONTH)
    record(other_pipeline, [guarded("d"), guarded("e")])
    for case, how in zip(
        Case.objects.filter(code="PII").order_by("pk"), ["by_hand", "withdraw"], strict=True
    ):
        reviewed(case, how, reviewer)
    held(pipeline, "waits")


def table_of(tables: list[Table], name: str) -> dict[Value, tuple[Value, ...]]:
    """Return the rows of a table by their first value: n, answered, upheld, then the counts of the rest."""
    (found,) = [table for table in tables if table.name == f"over_refusal_by_{name}"]
    assert found.total
    rows = {row[0].value: tuple(cell.value for cell in row[1:]) for row in found.rows}
    return rows | {"All": tuple(cell.value for cell in found.total[1:])}


def test_both_shares_are_of_all_that_were_reviewed(reviews: None) -> None:
    tables = tables_until(MONDAY, now=NOW + HOUR)
    by_code = table_of(tables, "code")
    assert list(by_code) == ["CYBER", "PII", "All"], "by how much was reviewed, never by what came of it"
    assert by_code["CYBER"] == (4, Share(2, 4), Share(2, 4), 0, 0, 0, 0, 0)
    assert by_code["PII"] == (2, Share(0, 2), Share(0, 2), 1, 0, 0, 0, 1)
    assert by_code["All"] == (6, Share(2, 6), Share(2, 6), 1, 0, 0, 0, 1)
    assert table_of(tables, "topic")["harbour"] == (3, Share(2, 3), Share(1, 3), 0, 0, 0, 0, 0)
    assert table_of(tables, "topic")["no topic"][0] == 3
    assert table_of(tables, "model")["claude-opus-5-5"][0] == 4
    assert table_of(tables, "model")["no model named"][0] == 2
    by_month = table_of(tables, "month")
    assert list(by_month)[:-1] == [f"{month:%Y-%m}" for month in months_until(MONDAY)]
    assert by_month["2026-02"] == (1, Share(0, 1), Share(1, 1), 0, 0, 0, 0, 0)
    assert by_month["2026-03"] == (5, Share(2, 5), Share(1, 5), 1, 0, 0, 0, 1)
    assert by_month["2025-04"] == (0, Share(0, 0), Share(0, 0), 0, 0, 0, 0, 0)


def test_the_interval_of_a_small_share_is_wide() -> None:
    low, high = Share(2, 6).interval or (0, 0)
    assert (round(low, 1), round(high, 1)) == (9.7, 70.0)


def test_the_report_can_be_about_a_pipeline_or_a_topic(reviews: None) -> None:
    def n(scope: Scope) -> int:
        return all_of(read(MONDAY, scope=scope, now=NOW + HOUR)).n

    assert (n(Scope(pipeline="museum-guide")), n(Scope(pipeline="lesson-plans"))) == (4, 2)
    assert (n(Scope(topic="harbour")), n(Scope(topic="-")), n(Scope(topic="nothing"))) == (3, 3, 0)


def test_months_are_those_of_the_site(pipeline: Pipeline, reviewer: User) -> None:
    late = datetime.fromisoformat("2026-02-28T23:30:00+00:00")  # half past midnight in March, in Berlin
    reviewed(held(pipeline, at=late - HOUR), "uphold", reviewer, now=late)
    assert table_of(tables_until(MONDAY, now=NOW), "month")["2026-02"][0] == 1
    with override_settings(TIME_ZONE="Europe/Berlin"):
        by_month = table_of(tables_until(MONDAY, now=NOW), "month")
    assert (by_month["2026-02"][0], by_month["2026-03"][0]) == (0, 1)


def test_twelve_months_end_with_the_one_of_the_weeks_sunday() -> None:
    assert (months_until(date(2026, 2, 23))[0], months_until(date(2026, 2, 23))[-1]) == (
        date(2025, 4, 1),
        date(2026, 3, 1),
    )
    assert months_until(date(2025, 12, 29))[-1] == date(2026, 1, 1)
    assert len(months_until(MONDAY)) == 12


def test_the_tables_are_a_few_reads_for_many_reviews_as_for_few_and_whole_months_are_read_once(
    reviews: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(6):  # the stamps; whole months and the last one, twice; the topics
        tables_until(MONDAY + 9 * WEEK, now=NOW + 9 * WEEK)
    tables_until(MONDAY, now=NOW)


def counted(
    pipeline: Pipeline,
    week: date,
    ok: int,
    declined: int,
    *,
    model: str,
    served: str = "",
    code: str = "CYBER",
) -> None:
    for outcome, runs, of_code in (("ok", ok, ""), ("declined", declined, code)):
        if not runs:
            continue
        WeekRuns.objects.create(
            week=week, pipeline=pipeline, outcome=outcome, code=of_code, runs=runs, surface="model",
            requested_model=model, serving_model=served if outcome == "ok" else "",
        )  # fmt: skip


def test_another_model_is_one_that_comes_after_others(pipeline: Pipeline, other_pipeline: Pipeline) -> None:
    for back, model in [(9, "one"), (9, "two"), (8, ""), (3, "three"), (2, "one"), (2, "three")]:
        counted(pipeline, MONDAY - back * WEEK, 1, 0, model=model)
    counted(other_pipeline, MONDAY, 1, 0, model="one")
    found = model_changes(MONDAY - 26 * WEEK, MONDAY)
    assert [(one.pipeline, one.how, one.model, one.week) for one in found] == [
        ("museum-guide", How.ASKED_AGAIN, "one", MONDAY - 2 * WEEK),
        ("museum-guide", How.ASKED, "three", MONDAY - 3 * WEEK),
    ]
    assert model_changes(MONDAY - 1 * WEEK, MONDAY) == []
    assert model_changes(MONDAY - 26 * WEEK, MONDAY, scope=Scope(pipeline="lesson-plans")) == []


def test_an_alias_that_leads_to_another_model_is_a_change_and_a_fallback_now_and_then_is_none(
    pipeline: Pipeline,
) -> None:
    for back, served, runs in [
        (6, "snapshot-1", 90), (6, "fallback", 10), (5, "fallback", 3), (5, "snapshot-1", 3), (4, "", 5),
        (3, "snapshot-2", 60), (3, "snapshot-1", 40), (2, "snapshot-2", 9), (1, "snapshot-1", 9),
    ]:  # fmt: skip
        counted(pipeline, MONDAY - back * WEEK, runs, 0, model="alias", served=served)
    found = model_changes(MONDAY - 26 * WEEK, MONDAY)
    assert [(one.how, one.model, one.served, one.week) for one in found] == [
        (How.SERVED, "alias", "snapshot-1", MONDAY - WEEK),
        (How.SERVED, "alias", "snapshot-2", MONDAY - 3 * WEEK),
    ]
    assert [one.what for one in marks(MONDAY, now=NOW)] == [
        "alias is served by snapshot-1",
        "alias is served by snapshot-2",
    ]


def test_models_and_changes_at_the_source_stand_with_the_rate_before_and_after(
    pipeline: Pipeline, lead: User
) -> None:
    for back, ok, refused, model in [(12, 80, 20, "one"), (7, 98, 2, "two"), (2, 99, 1, "two")]:
        counted(pipeline, MONDAY - back * WEEK, ok, refused, model=model)
    change = standing_changes.suggest(
        pipeline=pipeline, title="Say what the museum is.", words="w", code="CYBER", owner=lead, due=MONDAY,
        by=lead, now=NOW,
    )  # fmt: skip
    standing_changes.settle(
        change_id=change.pk, version=1, state=ChangeState.DONE, done_on=MONDAY - 9 * WEEK, by=lead, now=NOW
    )
    found = marks(MONDAY, now=NOW)
    assert [(one.week, one.what, one.moved.verdict) for one in found] == [
        (MONDAY - 7 * WEEK, "asks two", Verdict.TOO_FEW),
        (MONDAY - 9 * WEEK, "Say what the museum is.", Verdict.FELL),
    ]
    assert (found[1].moved.before, found[1].moved.after) == (Share(20, 100), Share(2, 100))
    assert [cell.value for cell in marks_table(found).rows[0]][:2] == [1, "2026-W03"]
    assert [one.what for one in marks(MONDAY, code="BIO", now=NOW)] == ["asks two"], "it aims at another code"
    rates = dict(weekly_rates(MONDAY, scope=Scope(), code="CYBER"))
    assert (rates[MONDAY - 12 * WEEK], rates[MONDAY]) == (Share(20, 100), Share(0, 0))
    assert dict(weekly_rates(MONDAY, scope=Scope(), code="BIO"))[MONDAY - 12 * WEEK] == Share(0, 100)


def test_a_context_is_listed_from_the_third_case_on_within_its_pipeline(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    context = Context(purpose="A leaflet.", background="The museum asked for it.")

    def send(of: Pipeline, name: str) -> None:
        record(of, [declined(name)])
        case = Case.objects.get(pipeline=of, first_run__content__prompt=name)
        reissued(case, asked=context, by=reviewer, now=NOW, reuse_seen=True)

    since, until = NOW - HOUR, NOW + HOUR
    for n in range(AGAIN - 1):
        send(pipeline, f"Item {n}")
        send(other_pipeline, f"Item {n}")
    assert added_again(since, until) == []
    send(pipeline, "The last")
    to_send(held(pipeline, "With another"), by=reviewer)
    (found,) = added_again(since, until)
    assert (found.pipeline, found.cases, found.latest.purpose) == ("museum-guide", AGAIN, "A leaflet.")
    assert added_again(until, until + HOUR) == []
    assert added_again(since, until, scope=Scope(pipeline="lesson-plans")) == []


def test_a_context_that_was_added_again_is_shown_in_all_its_parts(
    pipeline: Pipeline, lead: User, client_as: Callable[[User], Client]
) -> None:
    """By all five it is found again, and all five are what a change at the source begins with."""
    parts = {name: f"Of the {name}." for name in ("purpose", "serves", "authority", "background")}
    for n in range(AGAIN):
        context = Context(**parts, handling_limits="No names of visitors.")
        reissued(held(pipeline, f"Item {n}"), asked=context, by=lead, now=NOW, reuse_seen=True)
    page = client_as(lead).get("/over-refusal/again/?until=2026-W10").content.decode()
    shown = page.partition('<pre class="text brief"')[2].partition("</pre>")[0].partition(">")[2]
    assert shown.split("\n\n") == [*parts.values(), "No names of visitors."]
