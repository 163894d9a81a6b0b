"""The test for escalation, judged against SciPy and against what it promises for small counts."""

import math
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from reviews.patterns import escalation
from reviews.patterns.escalation import (
    Rate,
    Verdict,
    beta_binomial_tail,
    binomial_tail,
    compared,
    spread,
    tail,
)

shares = st.floats(1e-6, 1 - 1e-6)


@given(x=st.integers(0, 400), n=st.integers(0, 400), share=shares)
def test_the_binomial_tail_is_that_of_scipy(x: int, n: int, share: float) -> None:
    assert binomial_tail(x, n=n, share=share) == pytest.approx(
        stats.binom.sf(x - 1, n, share), rel=1e-8, abs=1e-250
    )


@given(x=st.integers(0, 300), n=st.integers(1, 300), a=st.floats(0.01, 500), b=st.floats(0.01, 500))
def test_the_beta_binomial_tail_is_that_of_scipy(x: int, n: int, a: float, b: float) -> None:
    expected = 1.0 if x <= 0 else sum(stats.betabinom.pmf(range(x, n + 1), n, a, b))
    assert beta_binomial_tail(x, n=n, a=a, b=b) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_two_poisson_rates_are_compared_as_przyborowski_and_wilenski_do() -> None:
    now, before = Rate(9, 100), Rate(12, 800)
    exact = stats.poisson_means_test(9, 100, 12, 800, alternative="greater").pvalue  # another test, near by
    ours = tail(now, before, spread=1.0)
    assert ours == pytest.approx(stats.binomtest(9, 21, 1 / 9, alternative="greater").pvalue)
    assert ours == pytest.approx(exact, rel=1.0)


@example(x=1, before=199, e=42.0, b=1.0)  # from its first term, which underflows, the tail cannot be summed
@given(x=st.integers(0, 60), before=st.integers(1, 200), e=st.floats(0.01, 100), b=st.floats(0.01, 800))
def test_a_wider_spread_tends_to_poisson_where_it_is_none(x: int, before: int, e: float, b: float) -> None:
    now, then = Rate(x, e), Rate(before, b)
    assert tail(now, then, spread=1.000001) == pytest.approx(tail(now, then, spread=1.0), rel=1e-2, abs=1e-12)


@given(before=st.integers(1, 200), e=st.floats(0.01, 100), b=st.floats(0.01, 800), s=st.floats(1, 10))
def test_more_declines_are_never_less_of_a_surprise(before: int, e: float, b: float, s: float) -> None:
    tails = [tail(Rate(x, e), Rate(before, b), spread=s) for x in range(0, 30)]
    assert all(after <= earlier + 1e-9 for earlier, after in pairwise(tails))
    assert all(0 <= one <= 1 for one in tails)


def test_the_spread_of_even_weeks_stays_poissons_and_that_of_bursts_grows() -> None:
    even = spread([Rate(10, 100)] * 8)
    bursts = spread([Rate(count, 100) for count in (0, 40, 0, 0, 30, 0, 10, 0)])
    assert even == 1.0
    assert bursts > 5
    assert spread([]) == escalation.PRIOR_SPREAD
    assert spread([Rate(0, 100)] * 8) == escalation.PRIOR_SPREAD


@pytest.mark.parametrize("now", [Rate(4, 10), Rate(4, 1000)])
def test_fewer_than_the_least_never_escalate(now: Rate) -> None:
    verdict = compared(now, Rate(1, 1_000_000), spread=1.0)
    assert verdict
    assert verdict.p_value < escalation.ALPHA
    assert not verdict.escalates


def test_a_small_growth_never_escalates_however_sure_it_is() -> None:
    verdict = compared(Rate(14_000, 1), Rate(80_000, 8), spread=1.0)
    assert verdict
    assert verdict.p_value < 1e-100
    assert not verdict.escalates


def judged(now: Rate, weeks: list[Rate]) -> Verdict | None:
    before = Rate(sum(week.declines for week in weeks), sum(week.exposure for week in weeks))
    return compared(now, before, spread=spread(weeks))


def test_as_many_as_ever_do_not_escalate_and_many_more_do() -> None:
    weeks = [Rate(count, 500) for count in (3, 2, 4, 3, 1, 3, 5, 3)]
    usual, many = judged(Rate(4, 500), weeks), judged(Rate(16, 500), weeks)
    assert usual
    assert many
    assert not usual.escalates
    assert many.escalates
    assert math.isclose(many.expected, 3.0)
    more_runs = judged(Rate(16, 2500), weeks)
    assert more_runs
    assert not more_runs.escalates, "five times the runs bring five times the declines"


def test_none_before_is_something_to_compare_with_and_few_weeks_of_it_are_little() -> None:
    many, few = (judged(Rate(12, 500), [Rate(0, 500)] * weeks) for weeks in (5, 1))
    assert many
    assert few
    assert (many.expected, many.escalates) == (0.0, True)
    assert not few.escalates


def test_the_fewer_weeks_are_known_the_wider_they_are_taken_to_spread() -> None:
    wide = [spread([Rate(100, 500)] * weeks) for weeks in range(1, 9)]
    assert wide == sorted(wide, reverse=True)
    assert wide[0] > 5
    assert wide[-1] == 1.0
    assert spread([Rate(100, 500)] * 3 + [Rate(0, 0)] * 5) == wide[2], "a week without runs is not known"
    assert spread([Rate(1, 500)]) == pytest.approx(escalation.PRIOR_SPREAD), "small counts are wide already"


@pytest.mark.parametrize(("now", "before"), [(Rate(9, 0), Rate(3, 8)), (Rate(9, 1), Rate(1, 0))])
def test_with_nothing_to_compare_with_there_is_no_verdict(now: Rate, before: Rate) -> None:
    assert compared(now, before, spread=1.0) is None
