"""Weeks of runs through the real ingest, from which patterns come."""

from datetime import timedelta
from typing import Any

from pipelines.models import Pipeline, Run
from tests.reviews.making import NOW, answered, guarded, record

WEEK = timedelta(weeks=1)


def week_of_runs(
    pipeline: Pipeline,
    *,
    back: int = 0,
    declines: int = 0,
    ok: int = 20,
    code: str = "PII",
    topic: str = "pier",
) -> list[Run]:
    """Report a week's runs, `back` weeks before that of `NOW`; return the declined ones."""
    at = NOW - back * WEEK
    record(pipeline, [answered(at=at, topic=topic) for _ in range(ok)], now=at)
    rows = [
        guarded(f"Describe pier {back}.{number}.", code=code, at=at, topic=topic)
        for number in range(declines)
    ]
    return record(pipeline, rows, now=at) if rows else []


def usual_weeks(pipeline: Pipeline, *, declines: int = 1, weeks: int = 8, **more: Any) -> None:
    """Report the weeks before that of `NOW`, all alike."""
    for back in range(weeks, 0, -1):
        week_of_runs(pipeline, back=back, declines=declines, **more)
