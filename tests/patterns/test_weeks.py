"""The weeks of a pattern's page, and the cases behind each number."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict

from pipelines.models import Pipeline
from reviews.forms import QueueFilterForm
from reviews.models import Pattern
from reviews.patterns.evaluate import evaluate
from reviews.patterns.listing import weeks_of
from reviews.reports.weeks import week_named
from tests.reviews.making import guarded, record
from tests.reviews.report_week import LATER, small_week
from tests.reviews.test_report_week import judged_anew

pytestmark = pytest.mark.django_db


def counted(pattern: Pattern, week: date) -> dict[str, str]:
    """Return what a pattern's count of a week counts, as an address of the queue names it."""
    return {
        "week": week.isoformat(),
        "pipeline": pattern.pipeline.slug,
        "code": pattern.code,
        "topic": pattern.topic or "-",
        "model": pattern.model or "-",
    }


def test_behind_each_number_of_a_pattern_are_exactly_the_cases_it_counts(
    pipeline: Pipeline, other_pipeline: Pipeline, reviewer: User
) -> None:
    small_week(pipeline, other_pipeline, by=reviewer)
    record(pipeline, [guarded(f"Of {model}.", model=model) for model in ("m-1", "m-2")])
    evaluate(now=LATER)
    linked, hidden = 0, 0
    for pattern in Pattern.objects.all():
        _facts, weeks = weeks_of(pattern, now=LATER)
        for week in weeks:
            number, cases = judged_anew(counted(pattern, week_named(week.name)))
            assert week.declines == number
            if week.cases is None:
                hidden += number
                assert not cases
            else:
                linked += 1
                read = QueueFilterForm(QueryDict(week.cases.query.removeprefix("?"))).filter()
                assert read == week.cases, "the address says all of it"
                assert set(read.cases(now=LATER)) == cases != set()
    assert linked > 4
    assert hidden == 1, "the decline that a fallback hid has no case"
