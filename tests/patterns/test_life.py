"""The life of a pattern, week by week, read off counts that are written out here."""

from datetime import date

import pytest

from reviews.models import LIVES, Life
from reviews.patterns.escalation import BEFORE, Rate
from reviews.patterns.facts import JUDGED, Exposure, Facts
from reviews.patterns.life import state_of
from reviews.reports.weeks import WEEK, weeks_until

MONDAY = date(2026, 3, 2)


def facts(counts: str, *, runs: int = 400, passed: float = 1.0, week: date = MONDAY) -> Facts:
    """Return the facts of a pattern with these declines a week, the last one being that of the facts."""
    numbers = [int(one) for one in counts.split()]
    mondays = weeks_until(week, count=len(numbers))
    declines = {monday: n for monday, n in zip(mondays, numbers, strict=True) if n}
    exposure = {monday: Exposure(runs, runs - n) for monday, n in zip(mondays, numbers, strict=True)}
    read = weeks_until(week, count=BEFORE + JUDGED)
    earlier = {monday: n for monday, n in declines.items() if monday < read[0]}
    return Facts(
        week,
        passed,
        {monday: n for monday, n in declines.items() if monday in read},
        exposure if runs else {},
        first_week=min(declines),
        last_week=max(declines),
        earlier=sum(earlier.values()),
        earlier_week=max(earlier, default=None),
    )


@pytest.mark.parametrize(
    ("counts", "life"),
    [
        ("0 0 0 0 0 0 0 0 1", Life.NEW),
        ("0 0 0 0 0 0 0 2 1", Life.NEW),
        ("0 0 0 0 0 0 0 2 0", Life.NEW),
        ("0 0 0 0 0 0 2 0 1", Life.ONGOING),
        ("2 3 2 1 2 3 2 2 3", Life.ONGOING),
        ("0 0 0 0 0 0 0 0 30", Life.NEW),  # nothing to compare with
        ("3 2 4 3 1 3 5 3 16", Life.ESCALATING),
        ("0 2 3 1 3 0 0 0 0", Life.ONGOING),
        ("0 2 3 1 0 0 0 0 0", Life.QUIET),
        ("0 2 3 1 0 0 0 0 1", Life.REGRESSED),
        ("0 2 3 1 0 0 0 0 40", Life.REGRESSED),
        ("0 0 1 0 0 0 0 0 1", Life.ONGOING),  # rare: its silence says nothing
        ("0 0 1 0 0 0 0 0 12", Life.ESCALATING),
        ("1 0 0 1 0 0 0 0 1", Life.ONGOING),
        ("1 0 0 1" + " 0" * 26 + " 1", Life.REGRESSED),
        ("2 3 1 0 0 0 0 1 0", Life.REGRESSED),
        ("2 3 1 0 0 0 0 1 0 0", Life.ONGOING),
        ("0 0 0 0 0 0 0 4 20", Life.NEW),  # it began at the end of a week
        ("0 0 0 0 0 0 4 20 21", Life.ONGOING),
        ("0 0 0 0 0 0 4 4 40", Life.ESCALATING),  # one whole week to compare with
        ("0 0 0 0 0 0 4 0 40", Life.ESCALATING),  # a whole week without a decline says something, too
        ("5 6 5 0 0 0 0 0 0 0 0 4 20", Life.REGRESSED),  # it came back at the end of a week
        ("5 6 5 0 0 0 0 0 0 0 0 4 20 21", Life.ONGOING),
        ("3 2 4 3 1 3 5 3 16 0", Life.ESCALATING),  # what the week before came to in the end
        ("3 2 4 3 1 3 5 3 16 0 0", Life.ONGOING),
    ],
)
@pytest.mark.parametrize("runs", [400, 0])
def test_counts_make_a_life(counts: str, life: Life, runs: int) -> None:
    assert state_of(facts(counts, runs=runs), escalated_week=None)[0] == life


def test_an_escalation_lasts_a_week_longer_than_it_lasts() -> None:
    calm = "3 2 4 3 1 3 5 3 16"
    assert state_of(facts(calm), escalated_week=None) == (Life.ESCALATING, MONDAY)
    later = facts(calm + " 3", week=MONDAY + WEEK)
    assert state_of(later, escalated_week=MONDAY) == (Life.ESCALATING, MONDAY)
    latest = facts(calm + " 3 3", week=MONDAY + 2 * WEEK)
    assert state_of(latest, escalated_week=MONDAY) == (Life.ONGOING, None)


def test_an_escalation_that_was_corrected_is_taken_back() -> None:
    assert state_of(facts("3 2 4 3 1 3 5 3 3"), escalated_week=MONDAY) == (Life.ONGOING, None)
    assert state_of(facts("3 2 4 3 1 3 5 3 9"), escalated_week=MONDAY)[0] == Life.ESCALATING, "not at once"
    assert state_of(facts("3 2 4 3 1 3 5 3 9"), escalated_week=None)[0] == Life.ONGOING


def test_twice_the_runs_may_bring_twice_the_declines() -> None:
    doubled = facts("8 9 7 8 9 8 7 8 26")
    assert state_of(doubled, escalated_week=None)[0] == Life.ESCALATING
    doubled.exposure[MONDAY] = Exposure(1300, 1274)
    assert state_of(doubled, escalated_week=None)[0] == Life.ONGOING


def test_a_guard_that_reports_declines_alone_is_measured_by_time() -> None:
    early = facts("4 4 4 4 4 4 4 4 9", runs=0, passed=0.2)
    assert early.compared(MONDAY).by_time
    assert early.compared(MONDAY).now.exposure == 0.2
    assert state_of(early, escalated_week=None)[0] == Life.ESCALATING
    late = facts("4 4 4 4 4 4 4 4 7", runs=0, passed=1.0)
    assert state_of(late, escalated_week=None)[0] == Life.ONGOING
    assert not facts("4 4 4 4 4 4 4 4 9", passed=0.2).compared(MONDAY).by_time


def test_each_week_is_measured_as_the_weeks_before_it_can_be() -> None:
    began_to_report = facts("4 4 4 4 4 4 4 4 4 4", runs=0)
    began_to_report.exposure[MONDAY - WEEK] = Exposure(400, 396)
    assert not began_to_report.compared(MONDAY).by_time
    assert began_to_report.compared(MONDAY - WEEK).by_time
    assert began_to_report.compared(MONDAY, by_time=True).now == Rate(4, 1.0)


def test_a_week_is_compared_with_the_whole_ones_since_the_pattern_began() -> None:
    young = facts("0 0 0 0 0 4 3 0 5")
    assert young.compared(MONDAY).weeks == [Rate(3, 400), Rate(0, 400)]
    assert young.compared(MONDAY - WEEK).weeks == [Rate(3, 400)]
    assert young.compared(MONDAY - 2 * WEEK).verdict is None
    back = facts("5 6 5 0 0 0 0 0 0 0 0 4 3 5")
    assert back.compared(MONDAY).weeks == [Rate(3, 400)]
    rare = facts("0 0 1 0 0 0 0 0 1 2")
    assert [week.declines for week in rare.compared(MONDAY).weeks] == [0, 0, 0, 0, 0, 1]
    old = facts("5 " * 12 + "6")
    assert [week.declines for week in old.compared(MONDAY).weeks] == [5] * 8


def test_declines_that_are_reported_before_the_other_runs_are_no_escalation() -> None:
    by_tuesday = facts("3 3 3 3 3 3 3 3 5", passed=0.25)
    by_tuesday.exposure[MONDAY] = Exposure(runs=5, undeclined=0)
    seen = by_tuesday.compared(MONDAY)
    assert seen.now == Rate(5, 100), "a quarter of the usual 400"
    assert state_of(by_tuesday, escalated_week=None)[0] == Life.ONGOING
    # When the week is over, it has the runs that it has.
    over = facts("3 3 3 3 3 3 3 3 12")
    over.exposure[MONDAY] = Exposure(runs=40, undeclined=28)
    assert over.compared(MONDAY).now == Rate(12, 40)
    assert state_of(over, escalated_week=None)[0] == Life.ESCALATING


def test_every_state_but_new_is_come_back_to() -> None:
    assert set(LIVES) == set(Life)
    reached = {end for ends in LIVES.values() for end in ends}
    assert reached == set(Life) - {Life.NEW}
