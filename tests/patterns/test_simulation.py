"""A part of the simulation, small enough to run every time: what `docs/patterns.md` promises of young patterns."""

import pytest

from tests.patterns.simulation import Case, share


@pytest.mark.parametrize("by_time", [True, False])
@pytest.mark.parametrize("week", [2, 3, 4])
def test_what_began_in_the_middle_of_a_week_and_goes_on_as_it_did_hardly_ever_escalates(
    week: int, by_time: bool
) -> None:
    case = Case(week=week, by_time=by_time)
    for model, mean in (("poisson", 10), ("bursts", 5), ("moods", 20)):
        assert share(model, case, mean=mean, weeks=400) <= 0.01, (model, mean)


def test_what_is_young_and_grows_is_found() -> None:
    assert share("poisson", Case(week=5), mean=10, growth=5, weeks=100) > 0.9
