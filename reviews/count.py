"""The weekly counts: what a run adds to them, kept in the transaction that stores or corrects the run.

One definition (`runs_share`, `declines_share`) says what a run counts as; ingest adds it, a
correction takes the old share away and adds the new one, and `recount` sums it over all rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

from django.db import connection, models, transaction

from pipelines.models import DeclineEvent, Origin, Run
from refusals import Outcome
from reviews.models import WeekDeclines, WeekRuns

Key = TypeVar("Key")


class RunsKey(NamedTuple):
    """A row of `WeekRuns`."""

    week: date
    pipeline_id: int
    topic: str
    outcome: str
    code: str


class DeclinesKey(NamedTuple):
    """A row of `WeekDeclines`."""

    week: date
    pipeline_id: int
    topic: str
    code: str


def runs_share(run: Run) -> Counter[RunsKey]:
    """Return what the run counts as: once, if it is a final attempt of the pipeline's own."""
    if not run.final or run.origin != Origin.PIPELINE:
        return Counter()
    return Counter(
        [RunsKey(run.week, run.pipeline_id, _topic(run), run.effective_outcome, run.effective_code)]
    )


def declines_share(run: Run, declines: Iterable[DeclineEvent]) -> Counter[DeclinesKey]:
    """Return the declines that the run counts for.

    Every hop counts, on any attempt and in a re-issue too. The decline that ended the run follows
    a person's correction: it counts under the corrected code, or not at all.
    """
    codes = [decline.code for decline in declines if not decline.terminal]
    for decline in declines:
        if decline.terminal and run.effective_outcome == Outcome.DECLINED.value:
            codes.append(run.corrected_code or decline.code)
    return Counter(DeclinesKey(run.week, run.pipeline_id, _topic(run), code) for code in codes)


def _topic(run: Run) -> str:
    return run.topic.slug if run.topic else ""


def count_recorded(*, runs: Sequence[Run]) -> None:
    """Add the runs to the weekly counts. Called last in ingest: these rows are shared by all of it."""
    declines: dict[int, list[DeclineEvent]] = {}
    for decline in DeclineEvent.objects.filter(run__in=runs):
        declines.setdefault(decline.run_id, []).append(decline)
    in_runs: Counter[RunsKey] = Counter()
    in_declines: Counter[DeclinesKey] = Counter()
    for run in runs:
        in_runs += runs_share(run)
        in_declines += declines_share(run, declines.get(run.pk, []))
    add(WeekRuns, in_runs)
    add(WeekDeclines, in_declines)


def correct(*, run: Run, outcome: str, code: str) -> None:
    """Store a person's correction beside the machine's judgement, and move the run in the counts."""
    with transaction.atomic():
        run = Run.objects.select_for_update(of=("self",)).select_related("topic").get(pk=run.pk)
        declines = list(run.declines.all())
        in_runs, in_declines = runs_share(run), declines_share(run, declines)
        run.corrected_outcome, run.corrected_code = outcome, code
        run.save(update_fields=["corrected_outcome", "corrected_code"])
        in_runs = _difference(runs_share(run), in_runs)
        in_declines = _difference(declines_share(run, declines), in_declines)
        add(WeekRuns, in_runs)
        add(WeekDeclines, in_declines)


def _difference(now: Counter[Key], before: Counter[Key]) -> Counter[Key]:
    changed = Counter(now)
    changed.subtract(before)
    return changed


def add(model: type[models.Model], shares: Mapping[Any, int]) -> None:
    """Add to the counts of `model`, key by key in sorted order, so that two transactions never wait in a ring.

    A share below zero takes away from a row that must be there: the check constraint and the row
    count say so if a count was ever wrong.
    """
    *key_columns, counted = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    table = connection.ops.quote_name(model._meta.db_table)
    keys = ", ".join(key_columns)
    marks = ", ".join(["%s"] * (len(key_columns) + 1))
    upsert = (
        f"INSERT INTO {table} ({keys}, {counted}) VALUES ({marks}) "  # noqa: S608  # names of our own model
        f"ON CONFLICT ({keys}) DO UPDATE SET {counted} = {table}.{counted} + excluded.{counted}"
    )
    in_order = sorted(shares.items())
    with connection.cursor() as cursor:
        if all(share > 0 for _, share in in_order):
            cursor.executemany(upsert, [[*key, share] for key, share in in_order])
            return
        for key, share in in_order:
            if share > 0:
                cursor.execute(upsert, [*key, share])
            elif share < 0:
                _take_away(model, key, -share)


def _take_away(model: type[models.Model], key: Any, share: int) -> None:
    counted = model._meta.concrete_fields[-1].name
    rows = model._default_manager.filter(**key._asdict()).update(**{counted: models.F(counted) - share})
    if rows != 1:
        raise LookupError(f"No weekly count to take {share} away from: {key}")


def recount() -> tuple[Counter[RunsKey], Counter[DeclinesKey]]:
    """Count all runs and declines anew and return what the weekly counts must be. Changes nothing."""
    in_runs: Counter[RunsKey] = Counter()
    in_declines: Counter[DeclinesKey] = Counter()
    runs = Run.objects.select_related("topic").prefetch_related("declines").order_by("pk")
    for run in runs.iterator(chunk_size=2000):
        in_runs += runs_share(run)
        in_declines += declines_share(run, run.declines.all())
    return in_runs, in_declines
