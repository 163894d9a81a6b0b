"""Retention: once a pipeline's time is over, the texts of its runs are deleted. What was counted stays.

A run's texts are its `RunContent` and the details of its declines. This step knows nothing of reviewers: who
still needs the texts of some runs (`reviews.retention`) chooses which of the old ones it is given.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from pipelines.models import DeclineEvent, Deletion, Pipeline, Run, RunContent


def kept_since(pipeline: Pipeline, *, now: datetime) -> datetime:
    """Return the moment before which the retention time of a pipeline is over."""
    return now - timedelta(days=pipeline.retention_days)


def past_retention(pipeline: Pipeline, *, now: datetime) -> QuerySet[Run]:
    """Return a pipeline's runs that ended before its retention time and still hold texts, the oldest first."""
    with_texts = Run.objects.filter(pipeline=pipeline, texts_kept=True)
    return with_texts.filter(happened_at__lt=kept_since(pipeline, now=now)).order_by("happened_at", "pk")


def deletion_of(pipeline: Pipeline, *, now: datetime) -> Deletion:
    """Return the pass of this moment, which whatever it deletes names; the first who asks makes it."""
    wanted = {"after_days": pipeline.retention_days}
    return Deletion.objects.get_or_create(pipeline=pipeline, at=now, defaults=wanted)[0]


@transaction.atomic
def delete_texts(*, run_ids: Collection[int], deletion: Deletion) -> int:
    """Delete the texts of these runs and return how many runs had any. Done twice, it deletes once."""
    found = Run.objects.select_for_update(no_key=True).filter(pk__in=run_ids, texts_kept=True)
    held = list(found.order_by("pk").values_list("pk", flat=True))
    RunContent.objects.filter(run__in=held).delete()
    DeclineEvent.objects.filter(run__in=held).exclude(detail="").update(detail="")
    Run.objects.filter(pk__in=held).update(texts_kept=False, deletion=deletion)
    return len(held)
