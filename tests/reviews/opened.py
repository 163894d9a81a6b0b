"""When cases were open: as it is kept, and as their histories say."""

from importlib import import_module

from django.apps import apps

from reviews.models import Case, Opening

Kept = dict[int, list[tuple[object, ...]]]
_migration = import_module("reviews.migrations.0014_openings")


def kept() -> Kept:
    """Return what is kept, by case."""
    return {case.pk: [_of(one) for one in case.openings.order_by("pk")] for case in Case.objects.all()}


def read_from_history() -> Kept:
    """Return the same as the upgrade of an older database reads it, from the lines of each case's history."""
    return {
        case.pk: [
            _of(one)
            for one in _migration.openings(
                apps, case, list(case.events.select_related("decision", "undone_by").order_by("pk"))
            )
        ]
        for case in Case.objects.all()
    }


def _of(one: Opening) -> tuple[object, ...]:
    return (
        (one.case_id, one.pipeline_id, one.topic_id, one.code),
        str(one.began),
        one.since,
        one.until,
        str(one.resolution),
        one.merged_into_id,
        one.split_at,
        one.returned_at,
        one.returned_with_id,
    )
