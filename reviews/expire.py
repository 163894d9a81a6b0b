"""What a pipeline is told if nobody looks: its run is still held, and it need not wait any longer.

Computed when it asks, from the history; nothing is scheduled, and nothing happens to the case.
"""

from datetime import datetime, timedelta

from pipelines.models import Run
from reviews.models import Case, CaseEvent


def expires_at(case: Case, *, run: Run) -> datetime | None:
    """Return when the run's wait for somebody to look is over; None where its pipeline waits for as long as it takes.

    The time runs from when the case began to wait, this time; for a run that came later, from when it was recorded.
    """
    hours = case.pipeline.held_expires_after
    return max(case.held_since, run.recorded_at) + timedelta(hours=hours) if hours else None


def nobody_looked(case: Case, *, run: Run, now: datetime) -> bool:
    """Whether the time is over, and no person did anything to the case before it was: claimed it, noted, decided.

    What is done later does not change that: the pipeline has been told, and is told what comes of it.
    """
    over = expires_at(case, run=run)
    if over is None or now < over:
        return False
    by_people = CaseEvent.objects.filter(by__isnull=False, at__gte=case.held_since, at__lt=over)
    return not by_people.filter(case__in=_as_one(case, run=run)).exists()


def _as_one(case: Case, *, run: Run) -> list[int]:
    """Return the case, and the one merged into it that the run belongs to."""
    return [case.pk, *Case.objects.filter(merged_into=case, folded__run=run).values_list("pk", flat=True)]
