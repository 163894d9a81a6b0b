"""People's work in numbers, worked by hand for two small weeks, and against a count hour by hour."""

from collections import Counter
from datetime import date, datetime, timedelta
from statistics import quantiles
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.models import Pipeline, Topic
from reviews.decide import reopen, settle
from reviews.deliver import accept, replace
from reviews.label import set_topic
from reviews.merge import merge, split
from reviews.models import Case, CaseEvent, Decision, Kind, State
from reviews.reports import backlog, settled
from reviews.reports.blocked import blocked
from reviews.reports.gathered import Gathered
from reviews.reports.percentiles import percentile
from reviews.reports.scope import Scope
from reviews.reports.span import span
from reviews.reports.table import Table
from reviews.reports.week import tables_of
from reviews.reports.weeks import begins, ends, weeks_until
from reviews.undo import undo
from tests.reviews.acting import ACTS
from tests.reviews.making import HOUR, NOW, declined, ended, guarded, held, record, to_send
from tests.reviews.test_sequences import CASES, Site

MONDAY = date(2026, 3, 2)
BEFORE = MONDAY - timedelta(weeks=1)
WEEKS = [BEFORE, MONDAY]
# Monday of the week before at noon, and the end of this week's Monday.
THEN = NOW - timedelta(weeks=1)
DAY = timedelta(days=1)
TONIGHT = NOW + 12 * HOUR


def withdraw(case: Case, by: User, *, at: datetime, kind: Kind = Kind.WITHDRAW) -> Decision:
    case.refresh_from_db()
    return settle(case_id=case.pk, version=case.version, kind=kind, reason="Gone.", by=by, now=at)


def undo_last(case: Case, by: User, *, at: datetime) -> None:
    undo(event_id=CaseEvent.objects.filter(case=case, by=by).latest("pk").pk, by=by, now=at)


def two_weeks(pipeline: Pipeline, other: Pipeline, by: User) -> dict[str, Case]:
    """Cases a to e: two of the first week are still open at its end, one comes back in the second.

    |   | pipeline | code  | opened             | closed                          |
    |---|----------|-------|--------------------|---------------------------------|
    | a | museum   | CYBER | Mon of week 1      | Tue of week 1, upheld           |
    | b | museum   | CYBER | Tue of week 1      | Mon 14:00 of week 2, withdrawn  |
    | c | lessons  | PII   | Wed of week 1      | open                            |
    | d | museum   | PII   | Thu of week 1      | Fri of week 1, withdrawn;       |
    |   |          |       | Mon 13:00 of week 2| came back, open                 |
    | e | lessons  | CYBER | Mon 12:00 of week 2| open, answered                  |
    """
    cases = {
        "a": held(pipeline, "a", at=THEN),
        "b": held(pipeline, "b", at=THEN + DAY),
        "c": guarded_case(other, "c", at=THEN + 2 * DAY),
        "d": guarded_case(pipeline, "d", at=THEN + 3 * DAY),
    }
    withdraw(cases["a"], by, at=THEN + DAY, kind=Kind.UPHOLD)
    withdraw(cases["d"], by, at=THEN + 4 * DAY)
    cases["e"] = held(other, "e", at=NOW)
    ended(cases["e"], by, now=NOW)
    record(pipeline, [guarded("d", at=NOW + HOUR)], now=NOW + HOUR)
    withdraw(cases["b"], by, at=NOW + 2 * HOUR)
    return cases


def guarded_case(pipeline: Pipeline, prompt: str, *, at: datetime) -> Case:
    (run,) = record(pipeline, [guarded(prompt, at=at)])
    return Case.objects.get(folded__run=run)


def test_the_backlog_is_what_was_open_at_the_end_of_any_week(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    two_weeks(pipeline, other_pipeline, reviewer)
    before, week = backlog.by_week(WEEKS, now=TONIGHT)
    # At the end of Sunday b (since Tuesday noon: 5 days 12 hours) and c were open.
    assert (before.open, before.oldest) == (2, 5.5 * DAY)
    assert before.opened_as == {"new": 4}
    assert before.closed_as == {"upheld": 1, "withdrawn": 1}
    # Tonight c (since Wednesday noon of week 1: 5 days 12 hours), d and e are open.
    assert (week.open, round(week.oldest / HOUR)) == (3, 5.5 * 24)  # type: ignore[operator]  # is there
    assert week.opened_as == {"new": 1, "came_back": 1}
    assert (week.closed_as, week.closed) == ({"withdrawn": 1}, 1)


def test_a_week_that_still_runs_is_read_until_now(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    two_weeks(pipeline, other_pipeline, reviewer)
    (week,) = backlog.by_week([MONDAY], now=NOW + 90 * timedelta(minutes=1))
    assert (week.open, week.closed) == (4, 0), "at half past one b, c, d and e were open"
    (week,) = backlog.by_week([MONDAY], now=NOW)
    assert week.open == 3, "at noon e had just come, d was not yet back"


def test_the_backlog_by_code_and_by_pipeline_says_what_waits_for_a_person_now(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    two_weeks(pipeline, other_pipeline, reviewer)
    parts = backlog.by_part(MONDAY, now=TONIGHT)

    def said(one: backlog.Standing) -> tuple[int, int | None, int | None, int, int, int]:
        return (
            one.open, one.held, one.answered, one.opened_as["new"], one.opened_as["came_back"], one.closed,
        )  # fmt: skip

    #                                          open held answered new back closed
    assert {name: said(one) for name, one in parts["code"].items()} == {
        "PII": (2, 2, 0, 0, 1, 0),  # c, d
        "CYBER": (1, 0, 1, 1, 0, 1),  # e; b was closed
    }
    assert {name: said(one) for name, one in parts["pipeline"].items()} == {
        "lesson-plans": (2, 1, 1, 1, 0, 0),  # c, e
        "museum-guide": (1, 1, 0, 0, 1, 1),  # d; b was closed
    }
    past = backlog.by_part(BEFORE, now=TONIGHT)["code"]
    assert {name: said(one) for name, one in past.items()} == {
        "CYBER": (1, None, None, 2, 0, 1),  # b; a was closed
        "PII": (1, None, None, 2, 0, 1),  # c; d was closed
    }


def test_a_scope_counts_the_work_of_one_pipeline_or_one_topic(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    cases = two_weeks(pipeline, other_pipeline, reviewer)
    topic = Topic.objects.create(slug="cranes", name="Cranes")
    set_topic(case_id=cases["c"].pk, topic=topic, by=reviewer, now=TONIGHT)
    lessons, cranes, none = Scope(pipeline="lesson-plans"), Scope(topic="cranes"), Scope(topic="-")
    for scope, open_now in ((lessons, 2), (cranes, 1), (none, 2)):
        assert backlog.by_week([MONDAY], now=TONIGHT, scope=scope)[0].open == open_now
        assert (
            sum(one.open for one in backlog.by_part(MONDAY, now=TONIGHT, scope=scope)["code"].values())
            == open_now
        )
    assert settled.reviewed([MONDAY], scope=lessons)[0].decisions["reissue"] == 1
    assert settled.reviewed([MONDAY], scope=cranes)[0].decisions["reissue"] == 0
    assert settled.time_to_decision(MONDAY, now=TONIGHT, scope=lessons)[""].n == 1
    # c waited from Monday 0:00 until tonight at 24:00.
    assert blocked(MONDAY, now=TONIGHT, scope=cranes).by["topic"] == {"cranes": 24 * HOUR}


def test_what_was_undone_counts_nowhere(pipeline: Pipeline, reviewer: User) -> None:
    with override_settings(UNDO_SECONDS=60):
        case = held(pipeline)
        withdraw(case, reviewer, at=NOW + HOUR)
        undo_last(case, reviewer, at=NOW + HOUR)
        to_send(Case.objects.get(), by=reviewer, now=NOW + 2 * HOUR)
        undo_last(case, reviewer, at=NOW + 2 * HOUR)
        ended(case, reviewer, now=NOW + 3 * HOUR)
        accept(case_id=case.pk, version=case.version, by=reviewer, now=NOW + 4 * HOUR)
        undo_last(case, reviewer, at=NOW + 4 * HOUR)
    (week,) = settled.reviewed([MONDAY])
    assert week.decisions == dict.fromkeys(Kind.values, 0) | {"reissue": 1}
    assert week.reissues == dict.fromkeys(settled.ENDINGS, 0) | {"answered": 1}
    assert week.delivered == 0
    assert settled.time_to_decision(MONDAY, now=TONIGHT)[""].n == 1
    (standing,) = backlog.by_week([MONDAY], now=TONIGHT)
    assert (standing.open, standing.closed, standing.opened_as) == (1, 0, {"new": 1})


def test_the_time_to_decision_runs_from_when_a_case_began_to_wait(pipeline: Pipeline, reviewer: User) -> None:
    # Withdrawn after 1, 2, 3 and 10 hours; upheld after 5.
    for prompt, hours in (("a", 1), ("b", 2), ("c", 3), ("d", 10)):
        withdraw(held(pipeline, prompt), reviewer, at=NOW + hours * HOUR)
    withdraw(held(pipeline, "e"), reviewer, at=NOW + 5 * HOUR, kind=Kind.UPHOLD)
    took = settled.time_to_decision(MONDAY, now=TONIGHT)
    # Of four, the median is half way between the 2nd and the 3rd; 0.9 of the way along (4 - 1) steps is
    # 2.7: seven tenths of the way from the 3rd (3 h) to the 4th (10 h), 7.9 h.
    assert took["withdraw"] == settled.Took(4, 2.5 * HOUR, 7.9 * HOUR)
    assert took["uphold"] == settled.Took(1, 5 * HOUR, 5 * HOUR)
    # Of 1, 2, 3, 5, 10 the median is 3; 3.6 steps along: six tenths of the way from 5 to 10.
    assert took[""] == settled.Took(5, 3 * HOUR, 8 * HOUR)
    assert took["reissue"] == settled.Took(0, None, None)
    assert settled.time_to_decision(BEFORE, now=TONIGHT)[""] == settled.Took()


def test_a_case_that_came_back_waits_anew_and_a_replaced_answer_since_it_came(
    pipeline: Pipeline, reviewer: User
) -> None:
    case = held(pipeline, "a", at=NOW - DAY)
    withdraw(case, reviewer, at=NOW - DAY + HOUR)
    record(pipeline, [declined("a", at=NOW)], now=NOW)
    ended(case, reviewer, now=NOW + HOUR)  # re-issued one hour after it came back
    at = NOW + 4 * HOUR
    replace(case_id=case.pk, version=case.version, reason="r", text="Mine.", by=reviewer, now=at)
    assert [one.at - one.held_since for one in case.decisions.order_by("pk")] == [HOUR, HOUR, 3 * HOUR]  # type: ignore[operator]  # all have it


def test_decisions_from_before_it_was_kept_have_no_time(pipeline: Pipeline, reviewer: User) -> None:
    case = held(pipeline)
    Decision.objects.create(case=case, kind=Kind.UPHOLD, reason="r", by=reviewer, at=NOW, case_version=7)
    assert settled.time_to_decision(MONDAY, now=TONIGHT)[""].n == 0
    assert settled.reviewed([MONDAY])[0].decisions["uphold"] == 1


TIMES = st.lists(
    st.integers(0, 10**12).map(lambda microseconds: timedelta(microseconds=microseconds)),
    min_size=2,
    max_size=30,
)


@given(times=TIMES)
def test_a_percentile_is_that_of_statistics(times: list[timedelta]) -> None:
    seconds = [one.total_seconds() for one in times]
    tenths = quantiles(seconds, n=10, method="inclusive")
    for at, expected in ((0.5, tenths[4]), (0.9, tenths[8])):
        found = percentile(sorted(times), at=at)
        assert found is not None and found.total_seconds() == pytest.approx(expected, abs=2e-6)


@pytest.mark.django_db
@given(times=TIMES)
@settings(max_examples=15, deadline=None)
def test_the_databases_percentile_is_the_same(times: list[timedelta]) -> None:
    with transaction.atomic():
        pipeline = Pipeline.objects.create(slug="museum-guide", title="Museum guide")
        by = User.objects.create_user("reviewer")
        case = held(pipeline)
        Decision.objects.bulk_create(
            Decision(
                case=case, kind=Kind.UPHOLD, reason="r", by=by, at=NOW, held_since=NOW - one, case_version=n,
            )
            for n, one in enumerate(times)
        )  # fmt: skip
        took = settled.time_to_decision(MONDAY, now=TONIGHT)["uphold"]
        assert took.n == len(times)
        for found, at in ((took.median, 0.5), (took.p90, 0.9)):
            expected = percentile(sorted(times), at=at)
            assert found is not None and expected is not None
            assert abs(found - expected) <= timedelta(microseconds=2)
        transaction.set_rollback(True)


def hours_by_code(week: date, *, now: datetime, scope: Scope | None = None) -> dict[str, float]:
    found = blocked(week, now=now, scope=scope or Scope())
    by_code = {code: time / HOUR for code, time in found.by["code"].items()}
    assert sum(by_code.values()) == pytest.approx(found.time / HOUR)
    return by_code


def test_each_run_waits_from_its_own_ending_until_its_case_is_closed_in_the_week(
    pipeline: Pipeline, reviewer: User
) -> None:
    # Of a: runs that ended Sunday 12:00 and Monday 2:00; withdrawn Monday 12:00.
    # Of b: a run that ended Monday 6:00; open.
    sunday, monday = NOW - DAY, NOW - 12 * HOUR
    case = held(pipeline, "a", at=sunday)
    record(pipeline, [declined("a", at=monday + 2 * HOUR)], now=NOW)
    record(pipeline, [guarded("b", at=monday + 6 * HOUR)])
    withdraw(case, reviewer, at=NOW)
    # Sunday: 12 hours. Monday until noon: 12 and 10 hours; b until midnight: 18 hours.
    assert hours_by_code(BEFORE, now=TONIGHT) == {"CYBER": 12}
    assert hours_by_code(MONDAY, now=TONIGHT) == {"CYBER": 22, "PII": 18}
    assert hours_by_code(MONDAY, now=NOW) == pytest.approx({"CYBER": 22, "PII": 6}), "of b, as far as it is"
    assert hours_by_code(MONDAY, now=NOW + 4 * 7 * DAY)["PII"] == 18 + 6 * 24, "to the end of the week"


def test_a_case_that_came_back_blocks_with_what_brought_it_back_and_a_reopened_one_with_all(
    pipeline: Pipeline, reviewer: User
) -> None:
    back, again = held(pipeline, "a", at=NOW), guarded_case(pipeline, "b", at=NOW)
    for case in (back, again):
        withdraw(case, reviewer, at=NOW + HOUR)
    record(pipeline, [declined("a", at=NOW + 3 * HOUR)], now=NOW + 3 * HOUR)
    again.refresh_from_db()
    reopen(case_id=again.pk, version=again.version, reason="r", by=reviewer, now=NOW + 4 * HOUR)
    # a: 1 hour, then the new run alone from 15:00 to 20:00. b: 1 hour, then from 16:00 to 20:00.
    assert hours_by_code(MONDAY, now=NOW + 8 * HOUR) == pytest.approx({"CYBER": 1 + 5, "PII": 1 + 4})


def test_the_runs_of_a_merged_case_wait_with_the_other_until_they_are_split_off(
    pipeline: Pipeline, reviewer: User
) -> None:
    case, other = guarded_case(pipeline, "a", at=NOW), held(pipeline, "b", at=NOW)
    merge(case_id=case.pk, version=case.version, into=other.pk, by=reviewer, now=NOW + HOUR)
    record(pipeline, [guarded("a", at=NOW + 2 * HOUR)], now=NOW + 2 * HOUR)
    # Until 15:00: PII 12-13; CYBER b 12-15, a's first 13-15, a's second 14-15.
    assert hours_by_code(MONDAY, now=NOW + 3 * HOUR) == pytest.approx({"PII": 1, "CYBER": 3 + 2 + 1})
    withdraw(other, reviewer, at=NOW + 3 * HOUR)
    assert hours_by_code(MONDAY, now=NOW + 8 * HOUR) == pytest.approx({"PII": 1, "CYBER": 6})
    split(case_id=case.pk, by=reviewer, now=NOW + 5 * HOUR)
    # Held again at 17:00, both of its runs until 20:00.
    assert hours_by_code(MONDAY, now=NOW + 8 * HOUR) == pytest.approx({"PII": 1 + 6, "CYBER": 6})


def test_the_answer_of_a_reissue_blocks_nothing_but_what_waits_for_it_does(
    pipeline: Pipeline, reviewer: User
) -> None:
    ended(held(pipeline, "a", at=NOW), reviewer, "refusal", now=NOW + HOUR)
    assert hours_by_code(MONDAY, now=NOW + 2 * HOUR) == pytest.approx({"CYBER": 2})


@override_settings(TIME_ZONE="Europe/Berlin")
def test_a_week_in_which_the_clocks_change_has_an_hour_less(pipeline: Pipeline) -> None:
    changed = date(2026, 3, 23)
    held(pipeline, "a", at=begins(changed) - DAY)
    assert hours_by_code(changed, now=ends(changed) + DAY) == {"CYBER": 7 * 24 - 1}


class Hours(Site):
    """A site at which something happens every full hour; who counts looks at it once an hour.

    It begins four hours before a week ends. `counted` is how many runs waited in each hour, by case.
    """

    runs_take = people_take = HOUR

    def __init__(self) -> None:
        self.counted: dict[datetime, Counter[int]] = {}
        super().__init__(now=begins(MONDAY) - 5 * HOUR)
        self.look()

    def look(self) -> None:
        waiting = Case.objects.exclude(state=State.CLOSED).values_list("pk", "blocked_runs")
        self.counted[self.now] = Counter(dict(waiting))

    def play(self, steps: list[tuple[str, Any]]) -> None:
        """Let these things happen one after the other, and look an hour after the last."""
        for name, argument in steps:
            getattr(self, name)(argument)
            self.look()
        self.now += HOUR

    def hours(self, week: date) -> dict[str, float]:
        """Count hour by hour what waited in a week until now, by the code that the cases have in the end."""
        codes = dict(Case.objects.values_list("pk", "code"))
        moments = sorted(self.counted)
        found: Counter[str] = Counter()
        for at, until in zip(moments, [*moments[1:], self.now], strict=True):
            if begins(week) <= at < ends(week):
                for case, runs in self.counted[at].items():
                    found[codes[case]] += runs * ((until - at) // HOUR)
        return {code: hours for code, hours in found.items() if hours}


HOURLY = st.one_of(
    st.tuples(st.just("repeat"), st.lists(CASES, min_size=1, max_size=3)),
    st.tuples(st.just("act"), st.tuples(st.sampled_from(sorted(ACTS)), CASES)),
    st.tuples(st.just("merge"), st.tuples(CASES, CASES)),
    st.tuples(st.just("come"), st.sampled_from(["end_turn", "refusal"])),
)


@pytest.mark.django_db
@given(steps=st.lists(HOURLY, max_size=14))
@settings(max_examples=40, deadline=None)
def test_after_anything_the_hours_blocked_are_those_that_a_count_hour_by_hour_finds(
    steps: list[tuple[str, Any]],
) -> None:
    with transaction.atomic():
        site = Hours()
        site.play(steps)
        for week in WEEKS:
            assert hours_by_code(week, now=site.now) == pytest.approx(site.hours(week))
        transaction.set_rollback(True)


def rows(table: Table) -> list[dict[str, Any]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, (cell.value for cell in row), strict=True)) for row in table.rows]


def of_people(week: date, *, scope: Scope | None = None) -> list[Table]:
    gathered = Gathered(week, scope or Scope(), TONIGHT)
    return [*tables_of(gathered, "people"), *tables_of(gathered, "blocked")]


def test_the_tables_say_it_all_and_hold_no_text(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    two_weeks(pipeline, other_pipeline, reviewer)
    tables = {table.name: table for table in of_people(MONDAY)}
    assert list(tables) == [
        "backlog", "backlog-by-code", "backlog-by-pipeline", "time-to-decision", "decisions", "reissues",
        "closed", "blocked-by-code", "blocked-by-topic", "blocked-by-pipeline",
    ]  # fmt: skip
    assert all(table.note for table in tables.values())
    week, before, *_earlier = rows(tables["backlog"])
    assert (len(_earlier), before["week"], before["open"], week["open"]) == (10, "2026-W09", 2, 3)
    assert (week["new"], week["came_back"], week["closed"]) == (1, 1, 1)
    (kind,) = [row for row in rows(tables["time-to-decision"]) if row["n"] and row["kind"] == "withdraw"]
    assert kind["median"] == 6 * DAY + 2 * HOUR  # b, from Tuesday noon to Monday 14:00
    assert [row["withdraw"] for row in rows(tables["decisions"])][:2] == [1, 1]
    assert rows(tables["decisions"])[0]["all"] == 2
    assert rows(tables["reissues"])[0]["answered"] == 1
    assert [(row["delivered"], row["upheld"]) for row in rows(tables["closed"])][:2] == [(0, 0), (0, 1)]
    (total,) = {
        table.total[1].value for name, table in tables.items() if name.startswith("blocked") and table.total
    }
    # Since midnight: b until 14:00, c until 24:00; d from 13:00 and e from noon until 24:00.
    assert total == pytest.approx(14 + 24 + 11 + 12)
    assert rows(tables["blocked-by-topic"]) == [{"topic": "no topic", "hours": total}]


def test_a_week_to_come_is_empty(pipeline: Pipeline) -> None:
    held(pipeline)
    later = weeks_until(MONDAY + timedelta(weeks=2), count=12)
    assert span(later, now=NOW).end == begins(later[-1])
    assert blocked(later[-1], now=NOW).time == timedelta()
